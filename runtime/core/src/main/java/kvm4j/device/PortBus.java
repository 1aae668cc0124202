package kvm4j.device;

import java.util.Arrays;

/**
 * The x86 I/O address space: 65,536 ports of one byte each (Intel SDM volume 1, chapter 20).
 *
 * <p>The device of the last access is tried first, then a table, so an access is found in constant
 * time. It reaches its device as one call; an access that a single device does not hold whole is
 * made byte by byte, lowest port first, as the bus of a PC would. Where there is no device, and
 * behind the last port, reads give all ones and writes are dropped.
 *
 * <p>Any thread may access the bus and attach to it.
 */
public final class PortBus {

    /** How many ports there are. */
    public static final int PORTS = 0x1_0000;

    private static final int PAGE_BITS = 8;
    private static final int PAGE_PORTS = 1 << PAGE_BITS;
    private static final BusRange[] EMPTY_PAGE = new BusRange[PAGE_PORTS];

    /** By port: high byte, then low byte. Most pages are the empty one, which is never written. */
    private final BusRange[][] pages = new BusRange[PORTS / PAGE_PORTS][];

    /** A hint, which threads may overwrite for each other: ranges are immutable. */
    private BusRange last;

    /** Makes a bus without devices. */
    public PortBus() {
        Arrays.fill(pages, EMPTY_PAGE);
    }

    /**
     * Gives a range of ports to a device.
     *
     * @param port the first, 0 to 65,535
     * @param count how many, at least 1
     * @param device what answers from now on
     * @throws IllegalArgumentException if there are no such ports, or one of them is taken
     */
    public synchronized void attach(int port, int count, BusDevice device) {
        if (port < 0 || count < 1 || count > PORTS - port) {
            throw new IllegalArgumentException(
                    "there are no %d ports from 0x%x on".formatted(count, port));
        }
        for (int i = port; i < port + count; i++) {
            if (find(i) != null) {
                throw new IllegalArgumentException("port 0x%x has a device already".formatted(i));
            }
        }
        BusRange range = new BusRange(port, count, device);
        for (int i = port; i < port + count; i++) {
            int page = i >>> PAGE_BITS;
            if (pages[page] == EMPTY_PAGE) {
                pages[page] = new BusRange[PAGE_PORTS];
            }
            pages[page][i & PAGE_PORTS - 1] = range;
        }
    }

    /**
     * The guest's IN.
     *
     * @param port 0 to 65,535
     * @param size 1, 2 or 4 bytes
     * @return what the devices there say, unsigned in the low {@code size} bytes
     */
    public long read(int port, int size) {
        BusRange range = find(port);
        return range != null && range.holds(port, size)
                ? range.read(port, size)
                : readBytes(port, size);
    }

    /**
     * The guest's OUT.
     *
     * @param port 0 to 65,535
     * @param size 1, 2 or 4 bytes
     * @param value in the low {@code size} bytes; what is above is ignored
     */
    public void write(int port, int size, long value) {
        BusRange range = find(port);
        if (range != null && range.holds(port, size)) {
            range.write(port, size, value);
        } else {
            writeBytes(port, size, value);
        }
    }

    private BusRange find(int port) {
        BusRange hint = last;
        if (hint != null && hint.holds(port, 1)) {
            return hint;
        }
        BusRange found = pages[port >>> PAGE_BITS][port & PAGE_PORTS - 1];
        if (found != null) {
            last = found;
        }
        return found;
    }

    private long readBytes(int port, int size) {
        long value = 0;
        for (int i = 0; i < size; i++) {
            BusRange range = port + i < PORTS ? find(port + i) : null;
            long next = range == null ? BusRange.FLOATING : range.read(port + i, 1);
            value |= next << i * Byte.SIZE;
        }
        return value;
    }

    private void writeBytes(int port, int size, long value) {
        for (int i = 0; i < size && port + i < PORTS; i++) {
            BusRange range = find(port + i);
            if (range != null) {
                range.write(port + i, 1, value >>> i * Byte.SIZE);
            }
        }
    }
}
