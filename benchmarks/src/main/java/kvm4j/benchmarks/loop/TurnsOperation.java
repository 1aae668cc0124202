package kvm4j.benchmarks.loop;

import kvm4j.benchmarks.kind.Workload;

/** {@link kvm4j.kvm.Vcpu#run()} of two guests by turns. */
final class TurnsOperation implements Operation {

    private final LoopGuest one;
    private final LoopGuest other;

    TurnsOperation(Workload.Turns workload) {
        one = new LoopGuest(workload);
        other = new LoopGuest(workload);
    }

    @Override
    public void once() {
        one.runToOut();
        other.runToOut();
    }

    @Override
    public void close() {
        one.close();
        other.close();
    }
}
