package kvm4j.benchmarks.loop;

import kvm4j.benchmarks.kind.Workload;
import kvm4j.machine.Snapshot;

/** {@link Snapshot#load}, a fork of it, and the fork's life. */
final class LoadOperation implements Operation {

    private final SavedSnapshot saved;

    LoadOperation(Workload.Loading workload) {
        saved = new SavedSnapshot(new WholeMachine(workload).describe(), workload.mebibytes());
        saved.save();
    }

    @Override
    public void once() {
        try (Snapshot snapshot = saved.load()) {
            WholeMachine.live(snapshot.fork());
        }
    }

    @Override
    public void close() {
        saved.close();
    }
}
