package kvm4j.benchmarks.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * A folder for what a measurement needs. When this process is ended it goes, too, and with it all
 * processes that were started meanwhile: a guest that hangs would outlive it.
 */
public final class TemporaryFolder implements AutoCloseable {

    private final Path path;
    private final Thread cleaner = new Thread(this::abandon);

    private TemporaryFolder(Path path) {
        this.path = path;
    }

    /**
     * Makes one.
     *
     * @return the folder, empty
     * @throws IOException if it cannot be made
     */
    public static TemporaryFolder create() throws IOException {
        TemporaryFolder folder = new TemporaryFolder(Files.createTempDirectory("kvm4j-bench"));
        Runtime.getRuntime().addShutdownHook(folder.cleaner);
        return folder;
    }

    /** {@return where it is} */
    public Path path() {
        return path;
    }

    private void abandon() {
        ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
        try {
            delete();
        } catch (IOException e) {
            // Nobody is left to be told.
        }
    }

    private void delete() throws IOException {
        try (Stream<Path> files = Files.walk(path)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** Deletes the folder and all that is in it. */
    @Override
    public void close() throws IOException {
        Runtime.getRuntime().removeShutdownHook(cleaner);
        delete();
    }
}
