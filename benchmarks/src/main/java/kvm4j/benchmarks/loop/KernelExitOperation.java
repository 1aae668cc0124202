package kvm4j.benchmarks.loop;

import kvm4j.benchmarks.kind.Workload;
import kvm4j.kvm.ExitReason;

/** {@link kvm4j.kvm.Vcpu#run()} of a guest from its entry on, up to the OUT that ends it. */
final class KernelExitOperation implements Operation {

    private final LoopGuest guest;

    KernelExitOperation(Workload.KernelExits workload) {
        guest = new LoopGuest(workload.guest(), workload.arrangement(), workload.parameters());
    }

    @Override
    public void once() {
        guest.restart();
        ExitReason reason = guest.vcpu().run();
        if (reason != ExitReason.IO) {
            throw new IllegalStateException("exit reason " + reason + " instead of IO");
        }
    }

    @Override
    public void close() {
        guest.close();
    }
}
