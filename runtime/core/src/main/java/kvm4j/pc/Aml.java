package kvm4j.pc;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * ACPI machine language, as much as a description of fixed devices needs (ACPI 6.5, chapter 20).
 */
final class Aml {

    private static final int ZERO_OP = 0x00;
    private static final int NAME_OP = 0x08;
    private static final int BYTE_PREFIX = 0x0a;
    private static final int DWORD_PREFIX = 0x0c;
    private static final int SCOPE_OP = 0x10;
    private static final int BUFFER_OP = 0x11;
    private static final int PACKAGE_OP = 0x12;
    private static final int EXTENDED_PREFIX = 0x5b;
    private static final int DEVICE_OP = 0x82;

    private static final int SHORT_LENGTH = 0x3f;
    private static final int MAXIMUM_LENGTH = 0xfff;

    private static final int PORTS_DESCRIPTOR = 0x47;
    private static final int DECODE_16_BITS = 1;
    private static final int INTERRUPT_DESCRIPTOR = 0x22;
    private static final int END_DESCRIPTOR = 0x79;
    private static final int WORD_WINDOW_DESCRIPTOR = 0x88;
    private static final int DWORD_WINDOW_DESCRIPTOR = 0x87;
    private static final int MEMORY = 0;
    private static final int PORTS = 1;
    private static final int BUS_NUMBERS = 2;
    private static final int BOTH_ENDS_FIXED = 0b1100;
    private static final int ENTIRE_PORT_RANGE = 0b11;
    private static final int WRITABLE_UNCACHED = 0b1;

    private Aml() {}

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** A number of at most 8 bits. */
    static byte[] number(int value) {
        return value == 0 ? bytes(ZERO_OP) : bytes(BYTE_PREFIX, value);
    }

    /** A number of 32 bits. */
    static byte[] dword(int value) {
        return littleEndian(5).put((byte) DWORD_PREFIX).putInt(value).array();
    }

    private static ByteBuffer littleEndian(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** An EISA identifier, such as PNP0501: three letters in five bits each, four hex digits. */
    static byte[] eisaId(String id) {
        int letters = 0;
        for (int i = 0; i < 3; i++) {
            letters = letters << 5 | id.charAt(i) - '@';
        }
        int digits = Integer.parseInt(id.substring(3), 16);
        return ByteBuffer.allocate(5)
                .put((byte) DWORD_PREFIX)
                .putShort((short) letters)
                .putShort((short) digits)
                .array();
    }

    /** A named object; the name has four characters, after a backslash if it is the root's. */
    static byte[] name(String name, byte[] value) {
        return join(bytes(NAME_OP), ascii(name), value);
    }

    static byte[] scope(String name, byte[] contents) {
        return join(bytes(SCOPE_OP), withLength(join(ascii(name), contents)));
    }

    static byte[] device(String name, byte[] contents) {
        return join(bytes(EXTENDED_PREFIX, DEVICE_OP), withLength(join(ascii(name), contents)));
    }

    static byte[] packageOf(byte[]... elements) {
        return join(bytes(PACKAGE_OP), withLength(join(bytes(elements.length), join(elements))));
    }

    /** Resources of a device, as a buffer. */
    static byte[] resources(byte[]... descriptors) {
        byte[] all = join(join(descriptors), bytes(END_DESCRIPTOR, 0));
        return join(bytes(BUFFER_OP), withLength(join(number(all.length), all)));
    }

    static byte[] ports(int first, int count) {
        return littleEndian(8)
                .put((byte) PORTS_DESCRIPTOR)
                .put((byte) DECODE_16_BITS)
                .putShort((short) first)
                .putShort((short) first)
                .put((byte) 1)
                .put((byte) count)
                .array();
    }

    /** PCI buses that a bridge has behind it. */
    static byte[] busesBehind(int first, int last) {
        return wordWindow(BUS_NUMBERS, 0, first, last);
    }

    /** Ports that a bridge hands on to the bus behind it. */
    static byte[] portsBehind(int first, int last) {
        return wordWindow(PORTS, ENTIRE_PORT_RANGE, first, last);
    }

    private static byte[] wordWindow(int type, int typeFlags, int first, int last) {
        return littleEndian(16)
                .put((byte) WORD_WINDOW_DESCRIPTOR)
                .putShort((short) 13)
                .put((byte) type)
                .put((byte) BOTH_ENDS_FIXED)
                .put((byte) typeFlags)
                .putShort((short) 0)
                .putShort((short) first)
                .putShort((short) last)
                .putShort((short) 0)
                .putShort((short) (last - first + 1))
                .array();
    }

    /** Addresses below 4 GiB that a bridge hands on to the bus behind it. */
    static byte[] memoryBehind(long first, long last) {
        return littleEndian(26)
                .put((byte) DWORD_WINDOW_DESCRIPTOR)
                .putShort((short) 23)
                .put((byte) MEMORY)
                .put((byte) BOTH_ENDS_FIXED)
                .put((byte) WRITABLE_UNCACHED)
                .putInt(0)
                .putInt((int) first)
                .putInt((int) last)
                .putInt(0)
                .putInt((int) (last - first + 1))
                .array();
    }

    /** An ISA interrupt, triggered by an edge. */
    static byte[] interrupt(int number) {
        return bytes(INTERRUPT_DESCRIPTOR, 1 << number, 1 << number >>> Byte.SIZE);
    }

    /** Puts the length, which counts itself, in front: in one byte, or in two. */
    private static byte[] withLength(byte[] contents) {
        int length = contents.length + 1;
        if (length <= SHORT_LENGTH) {
            return join(bytes(length), contents);
        }
        length++;
        if (length > MAXIMUM_LENGTH) {
            throw new IllegalArgumentException("an AML package of %d bytes".formatted(length));
        }
        return join(bytes(0x40 | length & 0x0f, length >>> 4), contents);
    }
}
