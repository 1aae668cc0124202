package kvm4j.device;

/**
 * A device at its place on a bus, where it stays until it is moved or this is closed. A bus that is
 * no longer used needs nothing closed. Any thread may use it, also in an access to the device
 * itself: that is how a guest moves the registers of a PCI device.
 */
public final class BusAttachment implements AutoCloseable {

    private final Bus bus;
    private final long length;
    private BusRange range;
    private boolean detached;

    BusAttachment(Bus bus, BusRange range, long length) {
        this.bus = bus;
        this.range = range;
        this.length = length;
    }

    /** The range as the bus has it; with the bus's lock held. */
    BusRange range() {
        return range;
    }

    /**
     * Where the device is, or was when it was detached.
     *
     * @return its first address or port
     */
    public long start() {
        synchronized (bus) {
            return range.start();
        }
    }

    /**
     * How much of the bus it takes.
     *
     * @return bytes or ports
     */
    public long length() {
        return length;
    }

    /**
     * What answers there.
     *
     * @return the device
     */
    public BusDevice device() {
        synchronized (bus) {
            return range.device();
        }
    }

    /**
     * Moves the device. It may move by less than its length.
     *
     * @param start its first address or port from now on
     * @throws IllegalArgumentException if it cannot be there, as when attaching it; it stays where
     *     it is then
     * @throws IllegalStateException if it is detached
     */
    public void moveTo(long start) {
        synchronized (bus) {
            if (detached) {
                throw new IllegalStateException("the device is detached from its bus");
            }
            range = bus.move(this, start);
        }
    }

    /** Detaches the device. Does nothing the second time. */
    @Override
    public void close() {
        synchronized (bus) {
            if (!detached) {
                detached = true;
                bus.detach(this);
            }
        }
    }
}
