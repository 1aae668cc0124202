package kvm4j.machine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What this process holds of the host, as the kernel counts it.
 *
 * @param descriptors how many files are open
 * @param mappings how many ranges of memory are mapped
 */
record HostResources(long descriptors, long mappings) {

    /** The JVM maps memory of its own as it warms up; machines that leak add thousands. */
    private static final long MAPPINGS_OF_THE_JVM = 500;

    static HostResources inUse() {
        try (var descriptors = Files.list(Path.of("/proc/self/fd"));
                var mappings = Files.lines(Path.of("/proc/self/maps"))) {
            return new HostResources(descriptors.count(), mappings.count());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Fails if this is more than before. The JVM may have closed a file of its own meanwhile. */
    void assertNoMoreThan(HostResources before) {
        assertTrue(
                descriptors <= before.descriptors
                        && mappings < before.mappings + MAPPINGS_OF_THE_JVM,
                () -> before + " became " + this);
    }
}
