package kvm4j.benchmarks.result;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** A file that is there as it was, or as it is to be, and never a part of it. */
public final class WholeFile {

    private WholeFile() {}

    /**
     * Writes a file, or replaces the one that is there. A full disk leaves it as it was.
     *
     * @param file the file
     * @param text what it has then, in UTF-8
     * @throws IOException if it cannot be written
     */
    public static void write(Path file, String text) throws IOException {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            Files.writeString(file, text); // a pipe, or a device
            return;
        }
        Path target = Files.exists(file) ? file.toRealPath() : file;
        Path part =
                target.resolveSibling(target.getFileName() + "." + ProcessHandle.current().pid());
        try {
            Files.writeString(part, text);
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }
}
