package kvm4j.cli;

import java.io.InputStream;
import java.io.OutputStream;

/**
 * A serial line to streams of the process, which stay open.
 *
 * @param input what the guest reads
 * @param output where it prints
 */
record StreamLine(InputStream input, OutputStream output) implements SerialLine {

    @Override
    public String outputName() {
        return "standard output";
    }
}
