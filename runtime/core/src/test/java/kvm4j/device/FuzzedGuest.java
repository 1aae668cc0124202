package kvm4j.device;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Plays a guest, and the host around it, as a fuzzer's bytes say: each {@value #STEP} of them are
 * an access to a device, or something that the host does. Accesses also begin before and end behind
 * what a device claims, up to {@value #MARGIN} bytes.
 */
final class FuzzedGuest {

    /** Length of a step: kind, range, 16 bits of offset, 64 bits of value. */
    private static final int STEP = 12;

    private static final int MARGIN = 8;
    private static final int SIZE_MASK = 0b111;
    private static final int PORT_SIZE_MASK = 0b11;
    private static final int WRITE = 1 << 3;
    private static final int KIND_SHIFT = 4;
    private static final int KIND_MASK = 0b11;

    /** What the host does. */
    @FunctionalInterface
    interface Host {

        /** It does something, with these numbers, whatever they mean to it. */
        void act(int offset, int size, long value);
    }

    private record Range(long start, int length) {

        long at(int offset) {
            return start + offset % (length + 2 * MARGIN) - MARGIN;
        }
    }

    private final PortBus ports;
    private final MmioBus mmio;
    private final List<Range> portRanges = new ArrayList<>();
    private final List<Range> mmioRanges = new ArrayList<>();
    private Host host = (offset, size, value) -> {};
    private LongConsumer witness = value -> {};

    FuzzedGuest(PortBus ports, MmioBus mmio) {
        this.ports = ports;
        this.mmio = mmio;
    }

    /** Has it access ports. */
    FuzzedGuest withPorts(int first, int count) {
        portRanges.add(new Range(first, count));
        return this;
    }

    /** Has it access guest-physical addresses. */
    FuzzedGuest withMmio(long start, int length) {
        mmioRanges.add(new Range(start, length));
        return this;
    }

    /** Has the host do something between its accesses. */
    FuzzedGuest withHost(Host actor) {
        host = actor;
        return this;
    }

    /** Has somebody see what it reads. */
    FuzzedGuest withWitness(LongConsumer reader) {
        witness = reader;
        return this;
    }

    void play(byte[] script) {
        ByteBuffer steps = ByteBuffer.wrap(script).order(ByteOrder.LITTLE_ENDIAN);
        while (steps.remaining() >= STEP) {
            int kind = steps.get();
            int range = Byte.toUnsignedInt(steps.get());
            int offset = Short.toUnsignedInt(steps.getShort());
            long value = steps.getLong();
            int size = kind & SIZE_MASK;
            boolean write = (kind & WRITE) != 0;
            switch (kind >>> KIND_SHIFT & KIND_MASK) {
                case 0 -> host.act(offset, size, value);
                case 1 -> accessMmio(range, offset, size + 1, write, value);
                default -> accessPort(range, offset, 1 << (size & PORT_SIZE_MASK), write, value);
            }
        }
    }

    private void accessPort(int range, int offset, int size, boolean write, long value) {
        if (portRanges.isEmpty()) {
            return;
        }
        long address = portRanges.get(range % portRanges.size()).at(offset);
        int port = (int) address & PortBus.PORTS - 1;
        if (write) {
            ports.write(port, size, value);
        } else {
            see(size, ports.read(port, size));
        }
    }

    private void accessMmio(int range, int offset, int size, boolean write, long value) {
        if (mmioRanges.isEmpty()) {
            return;
        }
        long address = mmioRanges.get(range % mmioRanges.size()).at(offset);
        if (write) {
            mmio.write(address, size, value);
        } else {
            see(size, mmio.read(address, size));
        }
    }

    private void see(int size, long value) {
        witness.accept(value);
        assertEquals(0, value & ~(-1L >>> Long.SIZE - size * Byte.SIZE), "bits above the access");
    }
}
