package kvm4j.device;

import kvm4j.x86.Bytes;

import java.util.Optional;

/**
 * As much of a VGA's CRT controller as kernels use that print on a text screen without asking
 * whether there is one: its registers at ports 0x3d4 and 0x3d5, in which they keep their cursor,
 * and the input status at 0x3da, by which they wait for the beam (IBM VGA Technical Reference).
 * There is no screen: what they print stays in RAM at 0xb8000.
 */
public final class CrtController implements StatefulDevice<CrtController.State> {

    /** The port that selects a register; the next one is the register. */
    public static final int PORT = 0x3d4;

    /** How many ports that are. */
    public static final int PORTS = 2;

    /** The port of the input status. */
    public static final int STATUS_PORT = 0x3da;

    private static final int REGISTERS = 0x19;
    private static final int INDEX = 0;
    private static final int INDEX_MASK = 0x3f;

    /** Vertical retrace, and display off because of it or of the horizontal one. */
    private static final int RETRACE = 0b1001;

    /**
     * What the controller is.
     *
     * @param index the register that is selected
     * @param registers what they hold
     * @param retrace whether the status said last that the beam returns
     */
    public record State(int index, Bytes registers, boolean retrace) implements DeviceState {

        /** Checks the number of registers. */
        public State {
            if (registers.size() != REGISTERS) {
                throw new IllegalArgumentException(
                        registers.size() + " registers of a CRT controller");
            }
        }
    }

    private final byte[] registers = new byte[REGISTERS];
    private int index;
    private boolean retrace;

    /** Makes the controller, with a cursor at the top of the screen. */
    public CrtController() {
        // all registers hold zero
    }

    /**
     * Connects the ports.
     *
     * @param ports the bus
     * @throws IllegalArgumentException if one of them is taken
     */
    public void attachTo(PortBus ports) {
        ports.attach(PORT, PORTS, new Registers());
        ports.attach(STATUS_PORT, 1, new InputStatus());
    }

    private final class Registers implements ByteDevice {

        @Override
        public int readByte(int offset) {
            return offset == INDEX ? selected() : get();
        }

        @Override
        public void writeByte(int offset, int value) {
            if (offset == INDEX) {
                select(value);
            } else {
                set(value);
            }
        }

        @Override
        public Optional<StatefulDevice<?>> stateOwner() {
            return Optional.of(CrtController.this);
        }
    }

    private final class InputStatus implements ByteDevice {

        @Override
        public int readByte(int offset) {
            return nextStatus();
        }

        @Override
        public void writeByte(int offset, int value) {
            // a feature control register that controls nothing
        }

        @Override
        public Optional<StatefulDevice<?>> stateOwner() {
            return Optional.of(CrtController.this);
        }
    }

    private synchronized int selected() {
        return index;
    }

    private synchronized void select(int value) {
        index = value & INDEX_MASK;
    }

    private synchronized int get() {
        return index < REGISTERS ? Byte.toUnsignedInt(registers[index]) : 0;
    }

    private synchronized void set(int value) {
        if (index < REGISTERS) {
            registers[index] = (byte) value;
        }
    }

    /** Whoever waits for the beam to return, or not to, waits for one read. */
    private synchronized int nextStatus() {
        retrace = !retrace;
        return retrace ? RETRACE : 0;
    }

    @Override
    public Class<State> stateType() {
        return State.class;
    }

    @Override
    public synchronized State save() {
        return new State(index, Bytes.of(registers), retrace);
    }

    @Override
    public synchronized void restore(State state, GuestTime time) {
        index = state.index & INDEX_MASK;
        System.arraycopy(state.registers.toArray(), 0, registers, 0, REGISTERS);
        retrace = state.retrace;
    }
}
