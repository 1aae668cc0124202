package kvm4j.cli;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Kernels of a few instructions that print what their boot loader handed them. */
final class SampleKernels {

    private static final int SECTOR = 512;
    private static final int FIRMWARE_SIZE = 0x1_0000;
    private static final int RESET_VECTOR = 0xfff0;

    /**
     * For 32-bit mode: prints the string at ESI, then a line feed.
     *
     * <pre>
     *     mov $0x3f8, %dx
     *  1: lodsb
     *     test %al, %al
     *     jz 2f
     *     out %al, %dx
     *     jmp 1b
     *  2: mov $10, %al
     *     out %al, %dx
     * </pre>
     */
    private static final String PRINT = "66 ba f8 03 ac 84 c0 74 03 ee eb f8 b0 0a ee ";

    /** xor %al, %al; out %al, $0xf4. */
    private static final String EXIT = "30 c0 e6 f4 ";

    private SampleKernels() {}

    static byte[] code(String hexadecimal) {
        String[] bytes = hexadecimal.strip().split("\\s+");
        byte[] code = new byte[bytes.length];
        for (int i = 0; i < code.length; i++) {
            code[i] = (byte) Integer.parseInt(bytes[i], 16);
        }
        return code;
    }

    /** A multiboot kernel: prints its command line, the first module's contents and its string. */
    static byte[] multiboot() {
        byte[] code =
                code(
                        "8b 73 10 " // mov 16(%ebx), %esi: the command line
                                + PRINT
                                + "8b 7b 18 " // mov 24(%ebx), %edi: the modules
                                + "8b 37 " // mov (%edi), %esi: the first one's start
                                + PRINT
                                + "8b 77 08 " // mov 8(%edi), %esi: its string
                                + PRINT
                                + EXIT);
        int address = 0x10_0000;
        int headerSize = 32;
        int magic = 0x1bad_b002;
        int flags = 1 << 16;
        return ByteBuffer.allocate(headerSize + code.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(magic)
                .putInt(flags)
                .putInt(-(magic + flags))
                .putInt(address) // of the header
                .putInt(address) // of the first byte to load
                .putInt(0) // the end of the data: of the file
                .putInt(0) // the end of the bss: none
                .putInt(address + headerSize) // the entry
                .put(code)
                .array();
    }

    /** A Linux kernel, for its boot protocol: prints its command line, then the initrd. */
    static byte[] linux() {
        byte[] code =
                code(
                        "89 f5 " // mov %esi, %ebp: the boot parameters
                                + "8b b5 28 02 00 00 " // mov 0x228(%ebp), %esi
                                + PRINT
                                + "8b b5 18 02 00 00 " // mov 0x218(%ebp), %esi
                                + PRINT
                                + EXIT);
        ByteBuffer image =
                ByteBuffer.allocate(2 * SECTOR + code.length).order(ByteOrder.LITTLE_ENDIAN);
        image.put(0x1f1, (byte) 1) // sectors of the setup
                .putShort(0x200, (short) 0x2eeb) // jump over the header, to 0x230
                .put(0x202, "HdrS".getBytes(StandardCharsets.US_ASCII))
                .putShort(0x206, (short) 0x204) // the protocol's version
                .put(0x211, (byte) 1) // loaded high
                .putInt(0x214, 0x10_0000)
                .putInt(0x22c, 0x37ff_ffff)
                .put(2 * SECTOR, code);
        return image.array();
    }

    /** Firmware that runs 16-bit code from the start of its 64 KiB. */
    static byte[] firmware(String hexadecimal) {
        byte[] image = new byte[FIRMWARE_SIZE];
        byte[] code = code(hexadecimal);
        System.arraycopy(code, 0, image, 0, code.length);
        byte[] jumpToStart = code("e9 0d 00");
        System.arraycopy(jumpToStart, 0, image, RESET_VECTOR, jumpToStart.length);
        return image;
    }

    /** A string as C has it, for a module. */
    static byte[] string(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return Arrays.copyOf(bytes, bytes.length + 1);
    }
}
