package kvm4j.benchmarks.loop;

import kvm4j.benchmarks.kind.Workload;
import kvm4j.kvm.ExitReason;
import kvm4j.kvm.Vcpu;

/** {@link Vcpu#run()} of a guest that makes one kind of exit for ever. */
final class GuestExitOperation implements Operation {

    private final LoopGuest guest;
    private final Vcpu vcpu;
    private final ExitReason expected;

    GuestExitOperation(Workload.GuestExits workload) {
        guest = new LoopGuest(workload);
        vcpu = guest.vcpu();
        expected = workload.reason();
    }

    @Override
    public void once() {
        ExitReason reason = vcpu.run();
        if (reason != expected) {
            throw new IllegalStateException("exit reason " + reason + " instead of " + expected);
        }
    }

    @Override
    public void close() {
        guest.close();
    }
}
