package kvm4j.device;

import java.util.function.IntConsumer;

/**
 * The port by which a guest ends its machine: what it writes, 8, 16 or 32 bits, is its exit code.
 * It is a convention of guests that run under test, at port 0xf4, not a device of any real machine.
 * Reads give all ones, and so that a wide access reaches the device whole, it takes the three ports
 * behind its own as well, where nothing happens.
 */
public final class DebugExit implements BusDevice, StatelessDevice {

    /** Where guests look for it. */
    public static final int PORT = 0xf4;

    /** How many ports the device takes. */
    public static final int PORTS = Integer.BYTES;

    private final IntConsumer onExit;

    /**
     * Makes the device.
     *
     * @param onExit gets the value of each write at the width that was written, as an unsigned
     *     number of 32 bits, on the thread of the vCPU that wrote it
     */
    public DebugExit(IntConsumer onExit) {
        this.onExit = onExit;
    }

    /**
     * Makes the device as QEMU's isa-debug-exit has it: the exit code is twice the value that the
     * guest writes, plus one, so it is never 0. Guests made for that, such as kvm-unit-tests, count
     * on it.
     *
     * @param onExit gets the exit code, on the thread of the vCPU that wrote the value
     * @return the device
     */
    public static DebugExit isaDebugExit(IntConsumer onExit) {
        return new DebugExit(value -> onExit.accept(value << 1 | 1));
    }

    @Override
    public long read(long offset, int size) {
        return -1;
    }

    @Override
    public void write(long offset, int size, long value) {
        if (offset == 0) {
            onExit.accept((int) value);
        }
    }
}
