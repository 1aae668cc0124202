package kvm4j.benchmarks.loop;

import kvm4j.benchmarks.kind.Workload;
import kvm4j.machine.Snapshot;

/** {@link Snapshot#save}. */
final class SaveOperation implements Operation {

    private final SavedSnapshot snapshot;

    SaveOperation(int mebibytes) {
        snapshot =
                new SavedSnapshot(
                        new WholeMachine(new Workload.MachineLife()).describe(), mebibytes);
    }

    @Override
    public void once() {
        snapshot.save();
    }

    @Override
    public void close() {
        snapshot.close();
    }
}
