package kvm4j.cli;

import kvm4j.cli.explain.Explained;

import tools.jackson.core.JacksonException;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;

/** A file that gets what a guest's recording tells, opened before the guest runs. */
final class ReportFile implements AutoCloseable {

    /** What a file gets. */
    interface Writer {

        /** Writes it. */
        void write(Explained explained, OutputStream out) throws IOException;
    }

    private final Path path;
    private final OutputStream out;
    private final Writer writer;

    /**
     * Opens a file, and empties it.
     *
     * @throws Failure if that cannot be done
     */
    ReportFile(Path path, Writer writer) {
        this.path = path;
        this.writer = writer;
        this.out = new BufferedOutputStream(OutputFile.createReport(path));
    }

    /**
     * Writes it.
     *
     * @throws Failure if that cannot be done
     */
    void write(Explained explained) {
        try {
            writer.write(explained, out);
            out.flush();
        } catch (IOException | JacksonException e) {
            throw failure(e);
        }
    }

    /** What Jackson says of a fault that is not its own has a line too much. */
    private Failure failure(Exception failure) {
        Throwable cause = failure.getCause() instanceof IOException known ? known : failure;
        return new Failure(
                ExitStatus.CANNOT_CREATE,
                "cannot write " + path + ": " + cause.getMessage(),
                failure);
    }

    @Override
    public void close() {
        try {
            out.close();
        } catch (IOException e) {
            throw failure(e);
        }
    }
}
