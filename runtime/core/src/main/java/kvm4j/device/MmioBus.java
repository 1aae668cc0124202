package kvm4j.device;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.Stream;

/** The guest-physical addresses that devices, not memory, answer: found by binary search. */
public final class MmioBus extends Bus {

    /** Sorted by address, disjoint. Replaced, never changed. */
    private volatile BusRange[] ranges = {};

    /** Makes a bus without devices. */
    public MmioBus() {}

    /**
     * Gives a range of addresses to a device.
     *
     * @param gpa guest-physical address of the first byte, not negative
     * @param size in bytes, at least 1
     * @param device what answers from now on
     * @return its place, to move it and to detach it
     * @throws IllegalArgumentException if the range goes beyond 2^63 bytes, if a part of it is
     *     taken, or {@linkplain #withhold withheld}
     */
    public BusAttachment attach(long gpa, long size, BusDevice device) {
        return attachAt(gpa, size, device);
    }

    /**
     * Keeps a range of addresses free of devices, because no access to it arrives here.
     *
     * @param gpa guest-physical address of the first byte, not negative
     * @param size in bytes, at least 1
     * @param owner what answers there instead, for the message to who wants to attach a device
     * @throws IllegalArgumentException if the range goes beyond 2^63 bytes, or a part of it has a
     *     device
     */
    public void withhold(long gpa, long size, String owner) {
        withholdAt(gpa, size, owner);
    }

    /**
     * The guest reads. A thread that reads often has a {@link #cursor}.
     *
     * @param gpa guest-physical address
     * @param size 1 to 8 bytes
     * @return what the devices there say, unsigned in the low {@code size} bytes
     */
    public long read(long gpa, int size) {
        return cursor().read(gpa, size);
    }

    /**
     * The guest writes. A thread that writes often has a {@link #cursor}.
     *
     * @param gpa guest-physical address
     * @param size 1 to 8 bytes
     * @param value in the low {@code size} bytes; what is above is ignored
     */
    public void write(long gpa, int size, long value) {
        cursor().write(gpa, size, value);
    }

    @Override
    void requireRange(long start, long length) {
        if (start < 0 || length < 1 || length > Long.MAX_VALUE - start) {
            throw new IllegalArgumentException(
                    "there are no %d bytes from GPA 0x%x on".formatted(length, start));
        }
    }

    @Override
    String name(long address) {
        return "GPA 0x%x".formatted(address);
    }

    /** Finds the last range that does not start behind the address. */
    @Override
    BusRange find(long address) {
        BusRange[] sorted = ranges;
        int low = 0;
        int high = sorted.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (sorted[middle].start() <= address) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low > 0 && sorted[low - 1].holds(address, 1) ? sorted[low - 1] : BusRange.NOWHERE;
    }

    @Override
    void replace(BusRange old, BusRange next) {
        ranges =
                Stream.concat(Arrays.stream(ranges), Stream.of(next))
                        .filter(range -> range != old && range != BusRange.NOWHERE)
                        .sorted(Comparator.comparingLong(BusRange::start))
                        .toArray(BusRange[]::new);
    }
}
