package kvm4j.benchmarks.crowd;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.stream.Stream;

/**
 * What processes hold of a host.
 *
 * @param resident bytes of memory that are theirs: what they share counts by its share
 * @param taken bytes of the host's memory that nobody else can have, the kernel's for them included
 * @param threads how many
 * @param descriptors how many are open
 */
public record Footprint(long resident, long taken, long threads, long descriptors) {

    private static final Path PROC = Path.of("/proc");

    /**
     * What they hold now.
     *
     * @param processes by their numbers
     * @return the sum
     * @throws IOException if one of them is gone
     */
    public static Footprint of(Collection<Long> processes) throws IOException {
        Path memory = PROC.resolve("meminfo");
        long resident = 0;
        long threads = 0;
        long descriptors = 0;
        for (long process : processes) {
            Path folder = PROC.resolve(Long.toString(process));
            resident += kibibytes(folder.resolve("smaps_rollup"), "Pss");
            threads += count(folder.resolve("task"));
            descriptors += count(folder.resolve("fd"));
        }
        long taken = kibibytes(memory, "MemTotal") - kibibytes(memory, "MemAvailable");
        return new Footprint(resident, taken, threads, descriptors);
    }

    /**
     * What has come since.
     *
     * @param before what they held then
     * @return the difference
     */
    public Footprint since(Footprint before) {
        return new Footprint(
                resident - before.resident,
                taken - before.taken,
                threads - before.threads,
                descriptors - before.descriptors);
    }

    private static long kibibytes(Path file, String name) throws IOException {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.filter(line -> line.startsWith(name + ":"))
                    .map(line -> line.replaceAll("\\D+", ""))
                    .mapToLong(number -> Long.parseLong(number) << 10)
                    .findFirst()
                    .orElseThrow(() -> new IOException("no " + name + " in " + file));
        }
    }

    private static long count(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.count();
        }
    }
}
