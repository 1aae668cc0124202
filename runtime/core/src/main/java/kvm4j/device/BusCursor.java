package kvm4j.device;

/**
 * One thread's way to the devices of a bus: it tries the device of its last access first. Other
 * threads have cursors of their own, so that none disturbs what another remembers. An access
 * allocates nothing and takes no lock but those of its device.
 */
public final class BusCursor {

    private final Bus bus;
    private BusRange last = BusRange.NOWHERE;

    BusCursor(Bus bus) {
        this.bus = bus;
    }

    /**
     * The guest reads.
     *
     * @param address guest-physical, or a port's number
     * @param size 1 to 8 bytes
     * @return what the devices there say, unsigned in the low {@code size} bytes
     */
    public long read(long address, int size) {
        BusRange range = last;
        return range.holds(address, size) ? range.read(address, size) : readOther(address, size);
    }

    /**
     * The guest writes.
     *
     * @param address guest-physical, or a port's number
     * @param size 1 to 8 bytes
     * @param value in the low {@code size} bytes; what is above is ignored
     */
    public void write(long address, int size, long value) {
        BusRange range = last;
        if (range.holds(address, size)) {
            range.write(address, size, value);
        } else {
            writeOther(address, size, value);
        }
    }

    private long readOther(long address, int size) {
        BusRange range = find(address);
        if (range.holds(address, size)) {
            return range.read(address, size);
        }
        long value = 0;
        for (int i = 0; i < size; i++) {
            BusRange next = find(address + i);
            long part = next.holds(address + i, 1) ? next.read(address + i, 1) : BusRange.FLOATING;
            value |= part << i * Byte.SIZE;
        }
        return value;
    }

    private void writeOther(long address, int size, long value) {
        BusRange range = find(address);
        if (range.holds(address, size)) {
            range.write(address, size, value);
            return;
        }
        for (int i = 0; i < size; i++) {
            BusRange next = find(address + i);
            if (next.holds(address + i, 1)) {
                next.write(address + i, 1, value >>> i * Byte.SIZE);
            }
        }
    }

    /** Looks a device up, and remembers it if there is one. */
    private BusRange find(long address) {
        BusRange found = bus.find(address);
        if (found != BusRange.NOWHERE) {
            last = found;
        }
        return found;
    }
}
