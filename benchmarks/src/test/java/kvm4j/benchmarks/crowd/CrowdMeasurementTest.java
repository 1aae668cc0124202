package kvm4j.benchmarks.crowd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import kvm4j.benchmarks.result.CrowdRow;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

@Tag("kvm")
@Tag("sources")
class CrowdMeasurementTest {

    private static final Path DEVICE = Path.of("/dev/kvm");
    private static final int MACHINES = 3;
    private static final long MEMORY = 16L << 20;

    @TempDir private Path folder;

    @BeforeAll
    static void requireKvm() {
        assumeTrue(
                System.getenv("CI") != null || Files.exists(DEVICE), "this host has no " + DEVICE);
    }

    @Test
    void aCrowdIsMeasuredInJavaAndInCAndLeavesNothing() throws IOException {
        Footprint before = Footprint.of(List.of(ProcessHandle.current().pid()));
        List<CrowdRow> rows = new CrowdMeasurement(MACHINES, MEMORY, folder).measure();
        for (String who : List.of("kvm4j", "C")) {
            CrowdRow row =
                    rows.stream().filter(one -> one.by().equals(who)).findFirst().orElseThrow();
            assertEquals(MACHINES, row.machines());
            assertEquals(MEMORY, row.memory());
            assertTrue(row.started() > 0, row::toString);
            assertTrue(row.descriptors() >= 2, row::toString);
        }
        Footprint after = Footprint.of(List.of(ProcessHandle.current().pid()));
        assertEquals(before.descriptors(), after.descriptors());
        try (Stream<ProcessHandle> children = ProcessHandle.current().children()) {
            assertEquals(0, children.count());
        }
    }

    @Test
    void aFootprintCountsWhatIsThere() throws Exception {
        long self = ProcessHandle.current().pid();
        Footprint before = Footprint.of(List.of(self));
        try (var file = Files.newInputStream(Files.createFile(folder.resolve("open")))) {
            Thread thread = Thread.ofPlatform().start(CrowdMeasurementTest::sleep);
            Footprint more = Footprint.of(List.of(self)).since(before);
            thread.interrupt();
            thread.join();
            assertTrue(more.descriptors() >= 1, () -> more + " with " + file);
            assertTrue(more.threads() >= 1, more::toString);
        }
        assertTrue(before.resident() > 1 << 20, before::toString);
    }

    private static void sleep() {
        try {
            Thread.sleep(60_000);
        } catch (InterruptedException e) {
            // the test is through
        }
    }
}
