package kvm4j.benchmarks.loop;

import kvm4j.benchmarks.kind.Workload;
import kvm4j.machine.Machine;
import kvm4j.machine.Snapshot;

/** {@link Snapshot#fork()}, and the fork's life. */
final class ForkOperation implements Operation {

    private final Snapshot snapshot;

    ForkOperation(Workload.Fork workload) {
        try (Machine machine = new WholeMachine(workload).describe().build()) {
            snapshot = machine.snapshot();
        }
    }

    @Override
    public void once() {
        WholeMachine.live(snapshot.fork());
    }

    @Override
    public void close() {
        snapshot.close();
    }
}
