package kvm4j.device;

import java.util.Arrays;

/**
 * The guest-physical addresses that devices, not memory, answer.
 *
 * <p>The device of the last access is tried first, then the others by binary search. An access that
 * a single device does not hold whole is made byte by byte, lowest address first. Where there is no
 * device, reads give all ones and writes are dropped.
 *
 * <p>Any thread may access the bus and attach to it.
 */
public final class MmioBus {

    /** Sorted by address, disjoint; replaced, never changed. */
    private volatile BusRange[] ranges = {};

    /** A hint, which threads may overwrite for each other: ranges are immutable. */
    private BusRange last;

    /** Makes a bus without devices. */
    public MmioBus() {}

    /**
     * Gives a range of addresses to a device.
     *
     * @param gpa guest-physical address of the first byte, not negative
     * @param size in bytes, at least 1
     * @param device what answers from now on
     * @throws IllegalArgumentException if the range goes beyond 2^63 bytes, or a part of it is
     *     taken
     */
    public synchronized void attach(long gpa, long size, BusDevice device) {
        if (gpa < 0 || size < 1 || size > Long.MAX_VALUE - gpa) {
            throw new IllegalArgumentException(
                    "there are no %d bytes from GPA 0x%x on".formatted(size, gpa));
        }
        BusRange[] old = ranges;
        int index = firstBehind(old, gpa);
        requireFree(index == 0 || old[index - 1].start() + old[index - 1].length() <= gpa, gpa);
        requireFree(index == old.length || gpa + size <= old[index].start(), gpa);
        BusRange[] grown = Arrays.copyOf(old, old.length + 1);
        System.arraycopy(old, index, grown, index + 1, old.length - index);
        grown[index] = new BusRange(gpa, size, device);
        ranges = grown;
    }

    private static void requireFree(boolean free, long gpa) {
        if (!free) {
            throw new IllegalArgumentException(
                    "the range at GPA 0x%x overlaps another device's".formatted(gpa));
        }
    }

    /**
     * The guest reads.
     *
     * @param gpa guest-physical address
     * @param size 1 to 8 bytes
     * @return what the devices there say, unsigned in the low {@code size} bytes
     */
    public long read(long gpa, int size) {
        BusRange range = find(gpa);
        return range != null && range.holds(gpa, size)
                ? range.read(gpa, size)
                : readBytes(gpa, size);
    }

    /**
     * The guest writes.
     *
     * @param gpa guest-physical address
     * @param size 1 to 8 bytes
     * @param value in the low {@code size} bytes; what is above is ignored
     */
    public void write(long gpa, int size, long value) {
        BusRange range = find(gpa);
        if (range != null && range.holds(gpa, size)) {
            range.write(gpa, size, value);
        } else {
            writeBytes(gpa, size, value);
        }
    }

    private BusRange find(long gpa) {
        BusRange hint = last;
        if (hint != null && hint.holds(gpa, 1)) {
            return hint;
        }
        BusRange[] sorted = ranges;
        int index = firstBehind(sorted, gpa) - 1;
        if (index < 0 || !sorted[index].holds(gpa, 1)) {
            return null;
        }
        last = sorted[index];
        return sorted[index];
    }

    /** {@return the index of the first range that starts behind {@code gpa}} */
    private static int firstBehind(BusRange[] sorted, long gpa) {
        int low = 0;
        int high = sorted.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (sorted[middle].start() <= gpa) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private long readBytes(long gpa, int size) {
        long value = 0;
        for (int i = 0; i < size; i++) {
            BusRange range = find(gpa + i);
            long next = range == null ? BusRange.FLOATING : range.read(gpa + i, 1);
            value |= next << i * Byte.SIZE;
        }
        return value;
    }

    private void writeBytes(long gpa, int size, long value) {
        for (int i = 0; i < size; i++) {
            BusRange range = find(gpa + i);
            if (range != null) {
                range.write(gpa + i, 1, value >>> i * Byte.SIZE);
            }
        }
    }
}
