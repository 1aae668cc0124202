package kvm4j.benchmarks.loop;

import kvm4j.machine.Machine;
import kvm4j.machine.MachineBuilder;
import kvm4j.machine.Snapshot;
import kvm4j.memory.GuestMemory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A snapshot of a machine with something in each of its pages, and the file that it is saved to.
 */
final class SavedSnapshot implements AutoCloseable {

    private final Snapshot snapshot;
    private final Path file;

    SavedSnapshot(MachineBuilder recipe, int mebibytes) {
        try (Machine machine = recipe.memory((long) mebibytes << 20).build()) {
            for (long page = WholeMachine.MEMORY_SIZE;
                    page < machine.memory().size();
                    page += GuestMemory.PAGE_SIZE) {
                machine.memory().putLong(page, page);
            }
            snapshot = machine.snapshot();
        }
        try {
            file = Files.createTempFile("kvm4j", ".snapshot");
        } catch (IOException e) {
            snapshot.close();
            throw new UncheckedIOException(e);
        }
    }

    void save() {
        try {
            snapshot.save(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Snapshot load() {
        try {
            return Snapshot.load(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        snapshot.close();
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
