package kvm4j.cli.doctor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The files in which a Linux host describes itself: {@code /proc}, {@code /sys} and {@code /etc}.
 *
 * @param root the folder that holds them
 */
record HostFiles(Path root) {

    /** Those of the host that this runs on. */
    static final HostFiles OF_THIS_HOST = new HostFiles(Path.of("/"));

    /** A file's text without white space around it; empty if there is no such file to read. */
    Optional<String> text(String path) {
        try {
            return Optional.of(Files.readString(root.resolve(path)).strip());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** The value behind a key of a file with lines such as {@code MemTotal: 1024 kB}. */
    Optional<String> value(String path, String key) {
        return text(path).stream()
                .flatMap(String::lines)
                .filter(line -> line.startsWith(key))
                .map(line -> line.substring(key.length()).strip())
                .filter(rest -> rest.startsWith(":"))
                .map(rest -> rest.substring(1).strip())
                .findFirst();
    }

    boolean exists(String path) {
        return Files.exists(root.resolve(path));
    }

    /** The names of the files in a folder, sorted; none if there is no such folder. */
    List<String> names(String folder) {
        try (Stream<Path> files = Files.list(root.resolve(folder))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            return List.of();
        } catch (UncheckedIOException e) {
            return List.of();
        }
    }
}
