package kvm4j.device;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/**
 * A port that takes text, one character for each write, without any state to poll: port 0xe9 of
 * Bochs, port 0x402 of SeaBIOS and OVMF. A read gives 0xe9, by which guests find out that somebody
 * listens.
 */
public final class DebugConsole implements ByteDevice, StatelessDevice {

    /** Where Bochs has it. */
    public static final int BOCHS_PORT = 0xe9;

    /** Where SeaBIOS and OVMF look for it. */
    public static final int FIRMWARE_PORT = 0x402;

    private static final int PRESENT = 0xe9;

    private final OutputStream output;

    /**
     * Makes a console.
     *
     * @param output gets the text; flushed behind each line feed
     */
    public DebugConsole(OutputStream output) {
        this.output = output;
    }

    @Override
    public int readByte(int offset) {
        return PRESENT;
    }

    /**
     * {@inheritDoc}
     *
     * @throws UncheckedIOException if the output cannot be written
     */
    @Override
    public synchronized void writeByte(int offset, int value) {
        try {
            output.write(value);
            if (value == '\n') {
                output.flush();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the guest's debug output cannot be written: " + e.getMessage(), e);
        }
    }
}
