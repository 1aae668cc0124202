package kvm4j.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Files of the host that a user wants something written to. */
final class OutputFile {

    private OutputFile() {}

    /**
     * Creates a file, or empties the one that is there.
     *
     * @param file which
     * @return what writes to it
     * @throws Failure if that cannot be
     */
    static OutputStream create(Path file) {
        return open(file);
    }

    /**
     * Makes sure that a file can be written, before there is something to write. What is in it
     * stays.
     *
     * @param file which
     * @throws Failure if that cannot be
     */
    static void require(Path file) {
        try {
            open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE).close();
        } catch (IOException e) {
            throw new Failure(
                    ExitStatus.CANNOT_CREATE, "cannot write " + file + ": " + e.getMessage(), e);
        }
    }

    private static OutputStream open(Path file, OpenOption... options) {
        try {
            return Files.newOutputStream(file, options);
        } catch (AccessDeniedException e) {
            throw new Failure(ExitStatus.NO_PERMISSION, "no permission to write " + file, e);
        } catch (NoSuchFileException e) {
            throw new Failure(
                    ExitStatus.CANNOT_CREATE, "cannot create " + file + ": no such folder", e);
        } catch (FileSystemException e) {
            throw new Failure(
                    ExitStatus.CANNOT_CREATE, "cannot write " + file + ": " + e.getReason(), e);
        } catch (IOException e) {
            throw new Failure(
                    ExitStatus.CANNOT_CREATE, "cannot write " + file + ": " + e.getMessage(), e);
        }
    }
}
