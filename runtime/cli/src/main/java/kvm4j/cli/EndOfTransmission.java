package kvm4j.cli;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * An input that ends with ^D, as a terminal's user would end it: a serial line has no end that a
 * guest could see.
 */
final class EndOfTransmission extends FilterInputStream {

    private static final int EOT = 0x04;

    private boolean ended;

    EndOfTransmission(InputStream input) {
        super(input);
    }

    @Override
    public int read() throws IOException {
        int next = ended ? -1 : super.read();
        if (next < 0 && !ended) {
            ended = true;
            return EOT;
        }
        return next;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        int count = ended ? -1 : super.read(target, offset, length);
        if (count < 0 && !ended) {
            ended = true;
            target[offset] = EOT;
            return 1;
        }
        return count;
    }
}
