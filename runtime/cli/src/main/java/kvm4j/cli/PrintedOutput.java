package kvm4j.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.util.function.Supplier;

/**
 * Standard output as commands print on it. A {@link PrintWriter} keeps to itself that it could not
 * write; this remembers why.
 */
final class PrintedOutput extends OutputStream {

    private final Supplier<Console> console;
    private IOException failure;

    PrintedOutput(Supplier<Console> console) {
        this.console = console;
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        try {
            console.get().output().write(bytes, offset, length);
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
            throw new Failure(ExitStatus.HOST_ERROR, failure.getMessage(), failure);
        }
    }
}
