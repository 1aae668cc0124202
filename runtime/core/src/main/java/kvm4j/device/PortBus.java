package kvm4j.device;

import java.util.Arrays;

/**
 * The x86 I/O address space: 65,536 ports of one byte each (Intel SDM volume 1, chapter 20). A port
 * finds its device in a table, in constant time. Behind the last port there is no device.
 */
public final class PortBus extends Bus {

    /** How many ports there are. */
    public static final int PORTS = 0x1_0000;

    private static final int PAGE_BITS = 8;
    private static final int PAGE_PORTS = 1 << PAGE_BITS;
    private static final BusRange[] EMPTY_PAGE = new BusRange[PAGE_PORTS];

    static {
        Arrays.fill(EMPTY_PAGE, BusRange.NOWHERE);
    }

    /** By port: high byte, then low byte. Replaced, never changed. */
    private volatile BusRange[][] pages;

    /** Makes a bus without devices. */
    public PortBus() {
        BusRange[][] empty = new BusRange[PORTS / PAGE_PORTS][];
        Arrays.fill(empty, EMPTY_PAGE);
        pages = empty;
    }

    /**
     * Gives a range of ports to a device.
     *
     * @param port the first, 0 to 65,535
     * @param count how many, at least 1
     * @param device what answers from now on
     * @return its place, to move it and to detach it
     * @throws IllegalArgumentException if there are no such ports, if one of them is taken, or
     *     {@linkplain #withhold withheld}
     */
    public BusAttachment attach(int port, int count, BusDevice device) {
        return attachAt(port, count, device);
    }

    /**
     * Keeps a range of ports free of devices, because no access to it arrives here.
     *
     * @param port the first, 0 to 65,535
     * @param count how many, at least 1
     * @param owner what answers there instead, for the message to who wants to attach a device
     * @throws IllegalArgumentException if there are no such ports, or one of them has a device
     */
    public void withhold(int port, int count, String owner) {
        withholdAt(port, count, owner);
    }

    /**
     * The guest's IN. A thread that makes many has a {@link #cursor}.
     *
     * @param port 0 to 65,535
     * @param size 1, 2 or 4 bytes
     * @return what the devices there say, unsigned in the low {@code size} bytes
     */
    public long read(int port, int size) {
        return cursor().read(port, size);
    }

    /**
     * The guest's OUT. A thread that makes many has a {@link #cursor}.
     *
     * @param port 0 to 65,535
     * @param size 1, 2 or 4 bytes
     * @param value in the low {@code size} bytes; what is above is ignored
     */
    public void write(int port, int size, long value) {
        cursor().write(port, size, value);
    }

    @Override
    void requireRange(long start, long length) {
        if (start < 0 || length < 1 || length > PORTS - start) {
            throw new IllegalArgumentException(
                    "there are no %d ports from 0x%x on".formatted(length, start));
        }
    }

    @Override
    String name(long address) {
        return "port 0x%x".formatted(address);
    }

    @Override
    BusRange find(long address) {
        return address >= PORTS
                ? BusRange.NOWHERE
                : pages[(int) address >>> PAGE_BITS][(int) address & PAGE_PORTS - 1];
    }

    @Override
    void replace(BusRange old, BusRange next) {
        BusRange[][] changed = pages.clone();
        fill(changed, old, BusRange.NOWHERE);
        fill(changed, next, next);
        pages = changed;
    }

    private static void fill(BusRange[][] pages, BusRange ports, BusRange content) {
        int end = (int) (ports.start() + ports.length());
        for (int port = (int) ports.start(); port < end; ) {
            int page = port >>> PAGE_BITS;
            int pageEnd = Math.min(end, (page + 1) << PAGE_BITS);
            BusRange[] copy = pages[page].clone();
            Arrays.fill(copy, port & PAGE_PORTS - 1, pageEnd - (page << PAGE_BITS), content);
            pages[page] = copy;
            port = pageEnd;
        }
    }
}
