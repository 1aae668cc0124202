package kvm4j.cli;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;

/**
 * An input that tells the user when it cannot be read, which a guest has no way to: it sees the
 * input's end.
 */
final class ReportingInput extends FilterInputStream {

    private final PrintWriter messages;
    private boolean failed;

    /**
     * Reads from another input.
     *
     * @param input the other
     * @param messages gets what the user has to know
     */
    ReportingInput(InputStream input, PrintWriter messages) {
        super(input);
        this.messages = messages;
    }

    @Override
    public int read() throws IOException {
        try {
            return failed ? -1 : super.read();
        } catch (IOException e) {
            return end(e);
        }
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        try {
            return failed ? -1 : super.read(target, offset, length);
        } catch (IOException e) {
            return end(e);
        }
    }

    private int end(IOException failure) {
        failed = true;
        Message.tell(messages, failure.getMessage() + "; the guest gets no more input");
        return -1;
    }
}
