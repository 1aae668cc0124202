package kvm4j.device;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * PCI configuration mechanism 1, at ports 0xcf8 to 0xcff (PCI Local Bus Specification 3.0, section
 * 3.2.2.3.2), and the host bridge behind it, device 00:00.0, which is the only device: guests that
 * scan the bus find nothing else. The bridge has the identity of QEMU's generic one, by which
 * SeaBIOS recognises a virtual machine.
 *
 * <p>Port 0xcf9 lies inside and is the reset control register of PC chipsets (Intel 82371AB PIIX4
 * data sheet, section 4.2.8), for accesses of one byte.
 */
public final class PciHostBridge implements BusDevice, StatefulDevice<PciHostBridge.State> {

    /** Where the ports begin: the address register. */
    public static final int PORT = 0xcf8;

    /** How many ports the device takes. */
    public static final int PORTS = 8;

    /** The port by which the guest resets the machine. */
    public static final int RESET_PORT = 0xcf9;

    /** What to write to {@link #RESET_PORT} for a reset. */
    public static final int RESET_VALUE = 0x06;

    private static final int DATA = 4;
    private static final int RESET_CONTROL = RESET_PORT - PORT;
    private static final int RESET_PROCESSOR = 1 << 2;
    private static final int RESET_KEPT = 0x0e;

    private static final int ENABLE = 1 << 31;
    private static final int ADDRESS_KEPT = 0x80ff_fffc;
    private static final int DEVICE_MASK = 0x00ff_ff00;
    private static final int REGISTER_MASK = 0xfc;

    private static final int CONFIGURATION_SIZE = 0x100;
    private static final int VENDOR_RED_HAT = 0x1b36;
    private static final int DEVICE_HOST_BRIDGE = 0x0008;
    private static final int CLASS_HOST_BRIDGE = 0x0600_0000;
    private static final int SUBSYSTEM_VENDOR = 0x1af4;
    private static final int SUBSYSTEM = 0x1100;

    /**
     * What the bridge is.
     *
     * @param address the address register
     * @param resetControl the reset control register
     */
    public record State(int address, int resetControl) implements DeviceState {}

    private final Runnable onReset;
    private final ByteBuffer configuration =
            ByteBuffer.allocate(CONFIGURATION_SIZE + Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private int address;
    private int resetControl;

    /**
     * Makes the bridge.
     *
     * @param onReset runs when the guest writes the reset control register, on the thread of the
     *     vCPU that does
     */
    public PciHostBridge(Runnable onReset) {
        this.onReset = onReset;
        configuration.putShort(0x00, (short) VENDOR_RED_HAT);
        configuration.putShort(0x02, (short) DEVICE_HOST_BRIDGE);
        configuration.putInt(0x08, CLASS_HOST_BRIDGE);
        configuration.putShort(0x2c, (short) SUBSYSTEM_VENDOR);
        configuration.putShort(0x2e, (short) SUBSYSTEM);
    }

    @Override
    public synchronized long read(long offset, int size) {
        if (offset >= DATA) {
            return readConfiguration((int) offset - DATA);
        }
        if (offset == 0 && size == Integer.BYTES) {
            return address;
        }
        return offset == RESET_CONTROL && size == 1 ? resetControl : -1;
    }

    private long readConfiguration(int offset) {
        boolean bridge = (address & ENABLE) != 0 && (address & DEVICE_MASK) == 0;
        return bridge ? configuration.getLong((address & REGISTER_MASK) + offset) : -1;
    }

    @Override
    public void write(long offset, int size, long value) {
        if (offset == 0 && size == Integer.BYTES) {
            setAddress((int) value & ADDRESS_KEPT);
        } else if (offset == RESET_CONTROL && size == 1 && rises((int) value)) {
            onReset.run();
        }
        // The bridge's configuration cannot be changed.
    }

    private synchronized void setAddress(int value) {
        address = value;
    }

    private synchronized boolean rises(int value) {
        boolean rises = (value & ~resetControl & RESET_PROCESSOR) != 0;
        resetControl = value & RESET_KEPT;
        return rises;
    }

    @Override
    public Class<State> stateType() {
        return State.class;
    }

    @Override
    public synchronized State save() {
        return new State(address, resetControl);
    }

    @Override
    public synchronized void restore(State state, GuestTime time) {
        address = state.address & ADDRESS_KEPT;
        resetControl = state.resetControl & RESET_KEPT;
    }
}
