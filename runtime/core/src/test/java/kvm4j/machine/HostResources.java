package kvm4j.machine;

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

    static HostResources inUse() {
        try (var descriptors = Files.list(Path.of("/proc/self/fd"));
                var mappings = Files.lines(Path.of("/proc/self/maps"))) {
            return new HostResources(descriptors.count(), mappings.count());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
