package kvm4j.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Files of the host that a user wants something written to. */
final class OutputFile {

    /** How long who is to read a pipe may take to come. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

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
     * Creates a file, or empties the one that is there, which no guest's time limit is for.
     *
     * @param file which
     * @return what writes to it
     * @throws Failure if that cannot be, or if it is a pipe that nobody reads
     */
    static OutputStream createReport(Path file) {
        return openInTime(file);
    }

    /**
     * Makes sure that a file can be written, before there is something to write. What is in it
     * stays, and who reads it, if it is a pipe, as long as it is open.
     *
     * @param file which
     * @return the open file
     * @throws Failure if that cannot be, or if it is a pipe that nobody reads
     */
    static OutputStream hold(Path file) {
        return openInTime(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    /** To open a pipe waits for who reads it. */
    private static OutputStream openInTime(Path file, OpenOption... options) {
        if (!Files.exists(file) || Files.isRegularFile(file)) {
            return open(file, options);
        }
        CompletableFuture<OutputStream> opening = new CompletableFuture<>();
        Runnable task = () -> opening.completeAsync(() -> open(file, options), Runnable::run);
        Thread.ofPlatform().name("kvm4j-files").daemon().start(task);
        try {
            return opening.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            opening.thenAccept(OutputFile::discard); // whoever comes late waits for no more
            throw new Failure(
                    ExitStatus.CANNOT_CREATE, "cannot write " + file + ": nobody reads it", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Failure known ? known : new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(ExitStatus.INTERRUPTED, "interrupted", e);
        }
    }

    private static void discard(OutputStream late) {
        try {
            late.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
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
