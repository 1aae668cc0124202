package kvm4j.device;

/**
 * System control port A of a PS/2 and of all PCs since, at port 0x92: bit 0 resets the processor,
 * bit 1 gates address bit 20 (IBM Personal System/2 Hardware Interface Technical Reference, "System
 * Control Port A"). Address bit 20 is remembered and never masked, since KVM has no way to.
 */
public final class SystemControlPort
        implements ByteDevice, StatefulDevice<SystemControlPort.State> {

    /** Where the port is. */
    public static final int PORT = 0x92;

    private static final int RESET = 1 << 0;
    private static final int A20 = 1 << 1;

    /**
     * What the port is.
     *
     * @param value what was written last
     */
    public record State(int value) implements DeviceState {}

    private final Runnable onReset;
    private int value = A20;

    /**
     * Makes the port.
     *
     * @param onReset runs when the guest sets bit 0, on the thread of the vCPU that does
     */
    public SystemControlPort(Runnable onReset) {
        this.onReset = onReset;
    }

    @Override
    public synchronized int readByte(int offset) {
        return value;
    }

    @Override
    public synchronized void writeByte(int offset, int newValue) {
        boolean rises = (newValue & RESET) != 0 && (value & RESET) == 0;
        value = newValue;
        if (rises) {
            onReset.run();
        }
    }

    @Override
    public Class<State> stateType() {
        return State.class;
    }

    @Override
    public synchronized State save() {
        return new State(value);
    }

    @Override
    public synchronized void restore(State state, GuestTime time) {
        value = state.value;
    }
}
