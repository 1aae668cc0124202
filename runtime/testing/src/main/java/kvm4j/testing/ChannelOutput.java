package kvm4j.testing;

import kvm4j.testing.verdict.VerdictReader;

import java.io.OutputStream;

/**
 * What a guest printed on one channel, kept and read.
 *
 * @param transcript all of it
 * @param verdicts what it said of its tests
 */
record ChannelOutput(Transcript transcript, VerdictReader verdicts) {

    OutputStream stream() {
        return new OutputStream() {
            @Override
            public void write(int value) {
                write(new byte[] {(byte) value}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) {
                verdicts.write(bytes, offset, length);
                transcript.write(bytes, offset, length);
            }
        };
    }
}
