package kvm4j.pc;

import kvm4j.boot.MemoryMap;
import kvm4j.device.Serial16550;
import kvm4j.memory.GuestMemory;
import kvm4j.memory.StructWriter;

import java.util.HexFormat;

/**
 * What a BIOS leaves in low memory for those who come after it: in the BIOS data area at 0x400
 * where the first serial port is, how much memory lies below 640 KiB, where the extended data area
 * begins, and an empty keyboard buffer; in the extended area, which has nothing, its size. Kernels
 * start from there when they look for tables, and take zeros for addresses.
 */
public final class BiosData {

    /** Guest-physical address of the BIOS data area. */
    public static final long ADDRESS = 0x400;

    private static final long SIZE = 0x100;
    private static final long FIRST_SERIAL_PORT = 0x00;
    private static final long EXTENDED_SEGMENT = 0x0e;
    private static final long EQUIPMENT = 0x10;
    private static final long LOW_MEMORY_KIB = 0x13;
    private static final long KEYS_HEAD = 0x1a;
    private static final long KEYS_TAIL = 0x1c;
    private static final long KEYS_START = 0x80;
    private static final long KEYS_END = 0x82;

    private static final int HAS_FPU = 1 << 1;
    private static final int ONE_SERIAL_PORT = 1 << 9;
    private static final int KEY_BUFFER = 0x1e;
    private static final int KEY_BUFFER_END = 0x3e;
    private static final int KIB = 1024;
    private static final int EXTENDED_KIB = 1;

    private static final int VECTORS = 256;

    /** Where BIOSes have the code for interrupts that nobody handles, at f000:ff53. */
    private static final long HANDLERS = 0xf_ff53;

    private static final int HANDLERS_SEGMENT = 0xf000;

    /** push %bp; mov %sp, %bp; orb $1, 6(%bp); pop %bp; iret. */
    private static final byte[] FAIL = code("55 89 e5 80 4e 06 01 5d cf");

    /** push %ax; mov $0x20, %al; out %al, $0x20; pop %ax; iret. */
    private static final byte[] ACKNOWLEDGE = code("50 b0 20 e6 20 58 cf");

    /** push %ax; mov $0x20, %al; out %al, $0xa0; out %al, $0x20; pop %ax; iret. */
    private static final byte[] ACKNOWLEDGE_BOTH = code("50 b0 20 e6 a0 e6 20 58 cf");

    private static final int FIRST_DEVICE_VECTOR = 0x08;
    private static final int FIRST_SLAVE_VECTOR = 0x70;
    private static final int DEVICE_VECTORS = 8;

    private BiosData() {}

    private static byte[] code(String hexadecimal) {
        return HexFormat.ofDelimiter(" ").parseHex(hexadecimal);
    }

    /**
     * Writes both areas and the interrupt vectors.
     *
     * @param memory the guest's memory, which has RAM up to 1 MiB
     * @throws kvm4j.memory.GuestAddressException if the memory is smaller
     */
    public static void write(GuestMemory memory) {
        StructWriter area = new StructWriter(memory.slice(ADDRESS, SIZE));
        area.u16(FIRST_SERIAL_PORT, Serial16550.COM1_PORT);
        area.u16(EXTENDED_SEGMENT, (int) (MemoryMap.LOW_END >>> 4));
        area.u16(EQUIPMENT, HAS_FPU | ONE_SERIAL_PORT);
        area.u16(LOW_MEMORY_KIB, (int) (MemoryMap.LOW_END / KIB));
        area.u16(KEYS_HEAD, KEY_BUFFER);
        area.u16(KEYS_TAIL, KEY_BUFFER);
        area.u16(KEYS_START, KEY_BUFFER);
        area.u16(KEYS_END, KEY_BUFFER_END);
        new StructWriter(memory.slice(MemoryMap.LOW_END, 1)).u8(0, EXTENDED_KIB);
        writeVectors(memory);
    }

    private static void writeVectors(GuestMemory memory) {
        long acknowledge = HANDLERS + FAIL.length;
        long acknowledgeBoth = acknowledge + ACKNOWLEDGE.length;
        memory.write(HANDLERS, FAIL);
        memory.write(acknowledge, ACKNOWLEDGE);
        memory.write(acknowledgeBoth, ACKNOWLEDGE_BOTH);
        StructWriter vectors = new StructWriter(memory.slice(0, (long) VECTORS * Integer.BYTES));
        for (int vector = 0; vector < VECTORS; vector++) {
            long handler =
                    isDevice(vector, FIRST_DEVICE_VECTOR)
                            ? acknowledge
                            : isDevice(vector, FIRST_SLAVE_VECTOR) ? acknowledgeBoth : HANDLERS;
            vectors.u16((long) vector * Integer.BYTES, (int) handler & 0xffff);
            vectors.u16((long) vector * Integer.BYTES + Short.BYTES, HANDLERS_SEGMENT);
        }
    }

    private static boolean isDevice(int vector, int first) {
        return vector >= first && vector < first + DEVICE_VECTORS;
    }
}
