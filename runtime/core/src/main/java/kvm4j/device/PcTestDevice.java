package kvm4j.device;

import kvm4j.x86.Bytes;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * The test device of kvm-unit-tests, which QEMU calls pc-testdev (hw/misc/pc-testdev.c): a register
 * to read and write, interrupt lines that the guest itself drives, a way to have a page of guest
 * memory mapped anew, and memory that is MMIO.
 */
public final class PcTestDevice implements StatefulDevice<PcTestDevice.State> {

    /** A 32-bit register that keeps what is written, four ports. */
    public static final int REGISTER_PORT = 0xe0;

    /** A 32-bit write here flushes the page at that address. */
    public static final int FLUSH_PORT = 0xe4;

    /** The register of {@link #REGISTER_PORT} again, four ports. */
    public static final int BYTE_REGISTER_PORT = 0xe8;

    /** A port for each interrupt line: writing 0 lowers it, anything else raises it. */
    public static final int INTERRUPT_PORT = 0x2000;

    /** How many interrupt lines there are. */
    public static final int INTERRUPTS = 24;

    /** Guest-physical address of the MMIO memory. */
    public static final long MMIO_ADDRESS = 0xff00_0000L;

    /** How much MMIO memory there is, in bytes. */
    public static final int MMIO_SIZE = 0x1_0000;

    private static final int REGISTER_SIZE = 4;
    private static final long PAGE_MASK = 0xffff_f000L;

    /**
     * What the device is. Its lines are no part of it: their controllers know what they are.
     *
     * @param register the register's value
     * @param memory the MMIO memory, {@value #MMIO_SIZE} bytes
     */
    public record State(int register, Bytes memory) implements DeviceState {

        /** Checks the size. */
        public State {
            if (memory.size() != MMIO_SIZE) {
                throw new IllegalArgumentException(
                        "a test device with %d bytes of memory".formatted(memory.size()));
            }
        }
    }

    private final List<InterruptLine> lines;
    private final LongConsumer onFlush;
    private final Register register = new Register();
    private final MmioMemory memory = new MmioMemory();

    /**
     * Makes the device.
     *
     * @param lines the interrupt lines, at most {@value #INTERRUPTS}, the first for GSI 0
     * @param onFlush gets the guest-physical address of a page that the guest wants to fault when
     *     it is accessed next
     */
    public PcTestDevice(List<InterruptLine> lines, LongConsumer onFlush) {
        this.lines = List.copyOf(lines);
        this.onFlush = onFlush;
    }

    /**
     * Connects all ports and the MMIO memory.
     *
     * @param ports the port bus
     * @param mmio the MMIO bus
     * @throws IllegalArgumentException if one of the ranges is taken
     */
    public void attachTo(PortBus ports, MmioBus mmio) {
        ports.attach(REGISTER_PORT, REGISTER_SIZE, register);
        ports.attach(FLUSH_PORT, REGISTER_SIZE, new FlushPort());
        ports.attach(BYTE_REGISTER_PORT, REGISTER_SIZE, register);
        ports.attach(INTERRUPT_PORT, INTERRUPTS, new InterruptPorts());
        mmio.attach(MMIO_ADDRESS, MMIO_SIZE, memory);
    }

    @Override
    public Class<State> stateType() {
        return State.class;
    }

    @Override
    public State save() {
        return new State((int) register.read(0, REGISTER_SIZE), Bytes.of(memory.bytes));
    }

    @Override
    public void restore(State state, GuestTime time) {
        register.write(0, REGISTER_SIZE, state.register);
        state.memory.copyTo(MemorySegment.ofArray(memory.bytes));
    }

    private final class Register implements BusDevice {

        private int value;

        @Override
        public synchronized long read(long offset, int size) {
            return Integer.toUnsignedLong(value) >>> offset * Byte.SIZE;
        }

        @Override
        public synchronized void write(long offset, int size, long written) {
            int shift = (int) offset * Byte.SIZE;
            int mask = (int) (-1L >>> Long.SIZE - size * Byte.SIZE) << shift;
            value = value & ~mask | (int) written << shift & mask;
        }

        @Override
        public Optional<StatefulDevice<?>> stateOwner() {
            return Optional.of(PcTestDevice.this);
        }
    }

    private final class FlushPort implements BusDevice {

        @Override
        public long read(long offset, int size) {
            return -1;
        }

        @Override
        public void write(long offset, int size, long value) {
            if (size == REGISTER_SIZE) {
                onFlush.accept(value & PAGE_MASK);
            }
        }

        @Override
        public Optional<StatefulDevice<?>> stateOwner() {
            return Optional.of(PcTestDevice.this);
        }
    }

    private final class InterruptPorts implements ByteDevice {

        @Override
        public int readByte(int offset) {
            return (int) BusRange.FLOATING;
        }

        @Override
        public void writeByte(int offset, int value) {
            if (offset < lines.size()) {
                lines.get(offset).setLevel(value != 0);
            }
        }

        @Override
        public Optional<StatefulDevice<?>> stateOwner() {
            return Optional.of(PcTestDevice.this);
        }
    }

    /** Plain bytes: accesses of several vCPUs at once may tear, as on memory. */
    private final class MmioMemory implements ByteDevice {

        private final byte[] bytes = new byte[MMIO_SIZE];

        @Override
        public int readByte(int offset) {
            return bytes[offset];
        }

        @Override
        public void writeByte(int offset, int value) {
            bytes[offset] = (byte) value;
        }

        @Override
        public Optional<StatefulDevice<?>> stateOwner() {
            return Optional.of(PcTestDevice.this);
        }
    }
}
