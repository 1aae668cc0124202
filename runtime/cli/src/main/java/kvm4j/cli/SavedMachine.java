package kvm4j.cli;

import kvm4j.machine.Snapshot;
import kvm4j.snapshot.SnapshotFile;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** A snapshot in a file that a user named. */
final class SavedMachine {

    private SavedMachine() {}

    /**
     * Opens the file, if it is a snapshot, and holds its memory against its checksums.
     *
     * @param name what the user wrote
     * @param kvmDevice the KVM that is to run it
     * @return the snapshot, to be closed by the caller; empty if the file is something else
     * @throws kvm4j.snapshot.SnapshotException if it is damaged, or nothing for this host
     */
    static Optional<Snapshot> find(String name, Path kvmDevice) {
        try {
            Path file = Path.of(name);
            return SnapshotFile.isSnapshot(file)
                    ? Optional.of(load(file, kvmDevice))
                    : Optional.empty();
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty(); // whoever takes it for an image says what is wrong
        }
    }

    private static Snapshot load(Path file, Path kvmDevice) throws IOException {
        SnapshotFile.read(file).verify();
        return Snapshot.load(file, kvmDevice);
    }
}
