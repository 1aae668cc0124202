package kvm4j.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

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
        try {
            return Files.newOutputStream(file);
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
