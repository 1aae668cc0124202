package kvm4j.benchmarks.loop;

import kvm4j.benchmarks.kind.Workload;

/** {@link kvm4j.kvm.Vcpu#run()} of a guest from its entry on, up to the OUT that ends it. */
final class KernelExitOperation implements Operation {

    private final LoopGuest guest;

    KernelExitOperation(Workload.KernelExits workload) {
        guest = new LoopGuest(workload);
    }

    @Override
    public void once() {
        guest.restart();
        guest.runToOut();
    }

    @Override
    public void close() {
        guest.close();
    }
}
