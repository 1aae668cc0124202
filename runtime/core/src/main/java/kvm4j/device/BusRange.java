package kvm4j.device;

/**
 * A device and where on its bus it is.
 *
 * @param start the first address or port
 * @param length how many bytes or ports, at least one
 * @param device what answers there
 */
record BusRange(long start, long length, BusDevice device) {

    /** The value of a byte that no device drives. */
    static final long FLOATING = 0xff;

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
