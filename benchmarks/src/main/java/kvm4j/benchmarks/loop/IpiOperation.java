package kvm4j.benchmarks.loop;

import kvm4j.benchmarks.kind.Workload;

/** Interrupts between two vCPUs, up to the OUT that ends them. */
final class IpiOperation implements Operation {

    private final LoopGuest guest;
    private final VcpuRunner sibling;

    IpiOperation(Workload.Ipi workload) {
        guest = new LoopGuest(workload);
        sibling = VcpuRunner.start(guest.createSibling());
    }

    @Override
    public void once() {
        guest.restart();
        guest.runToOut();
    }

    @Override
    public void close() {
        sibling.close();
        guest.close();
    }
}
