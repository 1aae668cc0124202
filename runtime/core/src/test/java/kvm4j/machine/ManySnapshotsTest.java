package kvm4j.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.boot.FlatImage;
import kvm4j.kvm.NeedsKvm;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Snapshots are taken back to and forked as often as one likes, and leave nothing behind. */
@NeedsKvm
@Tag("long")
class ManySnapshotsTest {

    private static final FlatImage HALT = new FlatImage(new byte[] {(byte) 0xf4});

    private static Machine machine(long memory) {
        return Machine.builder().memory(memory).image(HALT).build();
    }

    @Test
    void tenThousandRestorationsLeaveNothingBehind() {
        try (Machine machine = machine(1 << 20);
                Snapshot snapshot = machine.snapshot()) {
            machine.restore(snapshot);
            HostResources before = HostResources.inUse();
            for (int i = 0; i < 10_000; i++) {
                machine.memory().putInt(0x1000L * (i % 256), i);
                machine.restore(snapshot);
            }
            HostResources.inUse().assertNoMoreThan(before);
            assertEquals(new Outcome.Halted(), machine.run());
        }
    }

    @Test
    void aThousandForksLeaveNothingBehind() {
        try (Machine machine = machine(1 << 20);
                Snapshot snapshot = machine.snapshot()) {
            snapshot.fork().close();
            HostResources before = HostResources.inUse();
            for (int i = 0; i < 1_000; i++) {
                try (Machine fork = snapshot.fork()) {
                    assertEquals(new Outcome.Halted(), fork.run());
                }
            }
            HostResources.inUse().assertNoMoreThan(before);
        }
    }

    @Test
    void fiveHundredForksShareWhatNoneOfThemWrites() throws IOException {
        long memory = 64 << 20;
        List<Machine> forks = new ArrayList<>();
        try (Machine machine = machine(memory)) {
            for (long gpa = 0x10_0000; gpa < memory; gpa += 4096) {
                machine.memory().putLong(gpa, gpa);
            }
            try (Snapshot snapshot = machine.snapshot()) {
                for (int i = 0; i < 500; i++) {
                    Machine fork = snapshot.fork();
                    forks.add(fork);
                    fork.start();
                    assertEquals(memory - 4096, fork.memory().getLong(memory - 4096));
                }
                assertTrue(residentKiB() < 1 << 20, residentKiB() + " KiB");
            }
        } finally {
            forks.forEach(Machine::close);
        }
    }

    private static long residentKiB() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
