package kvm4j.benchmarks.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What the kernel tells of itself in {@code /proc} and {@code /sys}.
 *
 * @param root where these two are
 */
public record HostFiles(Path root) {

    /** {@return this host's own} */
    public static HostFiles ofThisHost() {
        return new HostFiles(Path.of("/"));
    }

    /** The text of a file, or empty if there is none or it cannot be read. */
    Optional<String> text(String path) {
        try {
            return Optional.of(Files.readString(root.resolve(path)).strip());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** The value of the first line {@code key : value} of a file. */
    Optional<String> value(String path, String key) {
        return text(path)
                .flatMap(
                        text ->
                                text.lines()
                                        .map(line -> line.split(":", 2))
                                        .filter(pair -> pair[0].strip().equals(key))
                                        .map(pair -> pair[pair.length - 1].strip())
                                        .findFirst());
    }

    /** The names in a folder, sorted; none if there is no such folder. */
    List<String> names(String path) {
        try (Stream<Path> entries = Files.list(root.resolve(path))) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            return List.of();
        }
    }
}
