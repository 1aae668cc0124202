package kvm4j.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;

/**
 * Standard output as commands print on it. A {@link PrintWriter} keeps to itself that it could not
 * write; this remembers why.
 */
final class PrintedOutput extends FilterOutputStream {

    private IOException failure;

    PrintedOutput() {
        this(new FileOutputStream(FileDescriptor.out));
    }

    PrintedOutput(OutputStream output) {
        super(output);
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        try {
            out.write(bytes, offset, length);
        } catch (IOException e) {
            failure = failure == null ? e : failure;
            throw e;
        }
    }

    /**
     * Makes sure that all is written.
     *
     * @throws Failure if it is not
     */
    void check() {
        if (failure != null) {
            throw new Failure(
                    ExitStatus.HOST_ERROR, "standard output: " + failure.getMessage(), failure);
        }
    }
}
