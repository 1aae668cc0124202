package kvm4j.text;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What commands print on. A {@link java.io.PrintWriter} keeps to itself that it could not write;
 * this remembers why.
 */
public final class PrintedOutput extends OutputStream {

    private final Supplier<OutputStream> sink;
    private IOException failure;

    /**
     * Makes it.
     *
     * @param sink gives what is written to, at each write
     */
    public PrintedOutput(Supplier<OutputStream> sink) {
        this.sink = sink;
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        try {
            sink.get().write(bytes, offset, length);
        } catch (IOException e) {
            failure = failure == null ? e : failure;
            throw e;
        }
    }

    /**
     * Why not all was written.
     *
     * @return the first failure; nothing if all was
     */
    public Optional<IOException> failure() {
        return Optional.ofNullable(failure);
    }
}
