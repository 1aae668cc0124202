package kvm4j.device;

/**
 * A device and where on its bus it is, until it is withdrawn from there. Whoever still remembers a
 * range that was withdrawn finds that it holds nothing, and looks the address up anew.
 */
final class BusRange {

    /** The value of a byte that no device drives. */
    static final long FLOATING = 0xff;

    /** What is found where no device is: a range without a byte. */
    static final BusRange NOWHERE = new BusRange(0, 0, null);

    private final long start;
    private final BusDevice device;

    /** Volatile for those who remember the range; where it is read, that costs no instruction. */
    private volatile long length;

    /**
     * Makes a range.
     *
     * @param start the first address or port
     * @param length how many bytes or ports
     * @param device what answers there
     */
    BusRange(long start, long length, BusDevice device) {
        this.start = start;
        this.length = length;
        this.device = device;
    }

    long start() {
        return start;
    }

    long length() {
        return length;
    }

    BusDevice device() {
        return device;
    }

    /** The device is elsewhere now, or nowhere. */
    void withdraw() {
        length = 0;
    }

    /** {@return whether all of an access of {@code size} bytes is the device's} */
    boolean holds(long address, int size) {
        long offset = address - start;
        return offset >= 0 && offset <= length - size;
    }

    long read(long address, int size) {
        return device.read(address - start, size) & mask(size);
    }

    void write(long address, int size, long value) {
        device.write(address - start, size, value & mask(size));
    }

    private static long mask(int size) {
        return -1L >>> Long.SIZE - size * Byte.SIZE;
    }
}
