package kvm4j.device;

import java.util.List;
import java.util.function.LongConsumer;

/**
 * The test device of kvm-unit-tests, which QEMU calls pc-testdev (hw/misc/pc-testdev.c): a register
 * to read and write, interrupt lines that the guest itself drives, a way to have a page of guest
 * memory mapped anew, and memory that is MMIO.
 */
public final class PcTestDevice {

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

    private final List<InterruptLine> lines;
    private final LongConsumer onFlush;
    private final Register register = new Register();

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
        mmio.attach(MMIO_ADDRESS, MMIO_SIZE, new MmioMemory());
    }

    private static final class Register implements BusDevice {

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
    }

    /** Plain bytes: accesses of several vCPUs at once may tear, as on memory. */
    private static final class MmioMemory implements ByteDevice {

        private final byte[] bytes = new byte[MMIO_SIZE];

        @Override
        public int readByte(int offset) {
            return bytes[offset];
        }

        @Override
        public void writeByte(int offset, int value) {
            bytes[offset] = (byte) value;
        }
    }
}
