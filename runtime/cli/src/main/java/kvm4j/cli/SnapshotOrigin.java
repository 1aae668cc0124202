package kvm4j.cli;

import kvm4j.machine.Machine;
import kvm4j.machine.MachineBuilder;
import kvm4j.machine.Snapshot;

import java.io.OutputStream;
import java.util.function.Consumer;

/**
 * A machine that goes on from a snapshot.
 *
 * @param snapshot the snapshot, owned by this
 * @param options what is said of the machine besides
 * @param diagnostics gets what the guest says about itself
 */
record SnapshotOrigin(Snapshot snapshot, MachineOptions options, OutputStream diagnostics)
        implements Origin {

    @Override
    public int processors() {
        return snapshot.state().vcpus().size();
    }

    @Override
    public Machine build(Consumer<MachineBuilder> connection) {
        return snapshot.fork(
                builder -> {
                    options.applyToFork(builder, diagnostics);
                    connection.accept(builder);
                });
    }

    @Override
    public void close() {
        snapshot.close();
    }
}
