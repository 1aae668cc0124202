package kvm4j.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * A serial line on which the guest only sends.
 *
 * @param output where it prints, owned by the line
 */
record OutputLine(OutputStream output) implements SerialLine {

    @Override
    public InputStream input() {
        return InputStream.nullInputStream();
    }

    @Override
    public void close() throws IOException {
        output.close();
    }
}
