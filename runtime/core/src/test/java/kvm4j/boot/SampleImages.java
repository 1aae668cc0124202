package kvm4j.boot;

import kvm4j.guests.Guest;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;

/**
 * A small sound image of each format. Each that gets a command line prints it to the console and
 * ends with exit code 0, or ends with 1 if its entry state is not what the format promises.
 */
final class SampleImages {

    /** Where most of the images go. */
    static final int START = 0x20_0000;

    /** Where the code of these is. */
    static final int CODE = START + 0x100;

    static final int ELF32_HEADER = 52;
    static final int ELF32_PROGRAM_HEADER = 32;
    static final int ELF64_HEADER = 64;
    static final int ELF64_PROGRAM_HEADER = 56;

    private static final HexFormat HEX = HexFormat.ofDelimiter(" ");

    /** Prints the string that ESI points to: mov $0x3f8, %dx, then lodsb and out until a zero. */
    private static final String PRINT = "66 ba f8 03 ac 84 c0 74 03 ee eb f8";

    /** Ends with exit code 0: out %al, $0xf4, as AL is zero after the string. */
    private static final String END = "e6 f4";

    /** Ends with exit code 1: mov $1, %al; out %al, $0xf4. */
    private static final String FAIL = "b0 01 e6 f4";

    private SampleImages() {}

    static byte[] code(String... parts) {
        return HEX.parseHex(String.join(" ", parts));
    }

    static ByteBuffer buffer(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static ByteBuffer buffer(int size) {
        return buffer(new byte[size]);
    }

    /** Firmware of 64 KiB that prints a k: its reset vector jumps to f000:0000. */
    static byte[] firmware() {
        return buffer(0x1_0000)
                .put(0, code("b0 6b ba f8 03 ee 30 c0 e6 f4"))
                .put(0xfff0, code("ea 00 00 00 f0"))
                .array();
    }

    /** A 32-bit ELF file with one segment, which holds the whole file. */
    private static ByteBuffer elf32(byte[] code, int entry) {
        return buffer(0x200)
                .put(0, new byte[] {0x7f, 'E', 'L', 'F', 1, 1, 1})
                .putShort(0x10, (short) 2)
                .putShort(0x12, (short) 3)
                .putInt(0x18, entry)
                .putInt(0x1c, ELF32_HEADER)
                .putShort(0x2a, (short) ELF32_PROGRAM_HEADER)
                .putShort(0x2c, (short) 1)
                .putInt(ELF32_HEADER, 1)
                .putInt(ELF32_HEADER + 0x08, START)
                .putInt(ELF32_HEADER + 0x0c, START)
                .putInt(ELF32_HEADER + 0x10, 0x200)
                .putInt(ELF32_HEADER + 0x14, 0x1000)
                .put(0x100, code);
    }

    /** Prints k with segment registers that it loads itself, from descriptors of the loader. */
    static byte[] elf32() {
        return elf32(
                        code(
                                "8c d8 8e d8 8e c0 8e d0", // mov %ds, %eax; mov to %ds, %es, %ss
                                "50 58", // push %eax; pop %eax
                                "b0 6b 66 ba f8 03 ee 30 c0 e6 f4"),
                        CODE)
                .array();
    }

    /** cmp $0x2badb002, %eax; jne fail; mov 16(%ebx), %esi. */
    private static final String MULTIBOOT_CODE = "3d 02 b0 ad 2b 75 11 8b 73 10";

    private static byte[] multibootCode() {
        return code(MULTIBOOT_CODE, PRINT, END, FAIL);
    }

    /** A bare image whose header says where it goes. */
    static byte[] multiboot() {
        int flags = 0x1_0003;
        return buffer(0x180)
                .putInt(0x40, 0x1bad_b002)
                .putInt(0x44, flags)
                .putInt(0x48, -(0x1bad_b002 + flags))
                .putInt(0x4c, START + 0x40)
                .putInt(0x50, START)
                .putInt(0x54, 0)
                .putInt(0x58, START + 0x1000)
                .putInt(0x5c, CODE)
                .put(0x100, multibootCode())
                .array();
    }

    static byte[] multibootElf() {
        return elf32(multibootCode(), CODE)
                .putInt(0x80, 0x1bad_b002)
                .putInt(0x84, 0)
                .putInt(0x88, -0x1bad_b002)
                .array();
    }

    /**
     * cmp $0x36d76289, %eax; jne fail; lea 16(%ebx), %esi: the command line is the first tag of the
     * information.
     */
    private static final String MULTIBOOT2_CODE = "3d 89 62 d7 36 75 11 8d 73 10";

    /** A bare image whose header says where it goes. */
    static byte[] multiboot2() {
        int length = 0x48;
        return buffer(0x180)
                .putInt(0x40, 0xe852_50d6)
                .putInt(0x44, 0)
                .putInt(0x48, length)
                .putInt(0x4c, -(0xe852_50d6 + length))
                .putInt(0x50, 1) // information request: command line, memory map
                .putInt(0x54, 16)
                .putInt(0x58, 1)
                .putInt(0x5c, 6)
                .putInt(0x60, 2) // addresses
                .putInt(0x64, 24)
                .putInt(0x68, START + 0x40)
                .putInt(0x6c, START)
                .putInt(0x70, 0)
                .putInt(0x74, 0)
                .putInt(0x78, 3) // entry
                .putInt(0x7c, 12)
                .putInt(0x80, CODE)
                .putInt(0x88 + 4, 8) // end
                .put(0x100, code(MULTIBOOT2_CODE, PRINT, END, FAIL))
                .array();
    }

    /** cmpl $0x336ec578, (%ebx); jne fail; mov 24(%ebx), %esi. */
    private static final String PVH_CODE = "81 3b 78 c5 6e 33 75 11 8b 73 18";

    /** An ELF file whose entry point fails, and whose note has another one. */
    static byte[] pvh() {
        int note = 0xc0;
        int header = ELF32_HEADER + ELF32_PROGRAM_HEADER;
        return elf32(code(FAIL), CODE)
                .putShort(0x2c, (short) 2)
                .putInt(header, 4)
                .putInt(header + 0x04, note)
                .putInt(header + 0x10, 20)
                .putInt(note, 4)
                .putInt(note + 4, 4)
                .putInt(note + 8, 18)
                .put(note + 12, new byte[] {'X', 'e', 'n', 0})
                .putInt(note + 16, CODE + 0x20)
                .put(0x120, code(PVH_CODE, PRINT, END, FAIL))
                .array();
    }

    /** cmpl $0x53726448, 0x202(%rsi); jne fail; mov 0x228(%rsi), %esi: the same for 32 bits. */
    private static final String LINUX_CODE =
            "81 be 02 02 00 00 48 64 72 53 75 14 8b b6 28 02 00 00";

    private static byte[] linuxCode() {
        return code(LINUX_CODE, PRINT, END, FAIL);
    }

    private static ByteBuffer bzImage(int extendedLoadFlags) {
        return buffer(0x400 + 0x300)
                .put(0x1f1, (byte) 1)
                .putShort(0x1fe, (short) 0xaa55)
                .put(0x200, (byte) 0xeb)
                .put(0x201, (byte) 0x6a)
                .putInt(0x202, 0x5372_6448)
                .putShort(0x206, (short) 0x20f)
                .put(0x211, (byte) 1)
                .putInt(0x214, 0x10_0000)
                .putInt(0x22c, 0x7fff_ffff)
                .putInt(0x230, 0x20_0000)
                .put(0x234, (byte) 1)
                .putShort(0x236, (short) extendedLoadFlags)
                .putInt(0x238, 255)
                .putLong(0x258, START)
                .putInt(0x260, 0x1_0000);
    }

    static byte[] bzImage32() {
        return bzImage(0).put(0x400, linuxCode()).put(0x600, code(FAIL)).array();
    }

    static byte[] bzImage64() {
        return bzImage(1).put(0x400, code(FAIL)).put(0x600, linuxCode()).array();
    }

    static byte[] vmlinux() {
        return buffer(0x200)
                .put(0, new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1})
                .putShort(0x10, (short) 2)
                .putShort(0x12, (short) 62)
                .putLong(0x18, CODE)
                .putLong(0x20, ELF64_HEADER)
                .putShort(0x36, (short) ELF64_PROGRAM_HEADER)
                .putShort(0x38, (short) 1)
                .putInt(ELF64_HEADER, 1)
                .putLong(ELF64_HEADER + 0x10, 0xffff_ffff_8000_0000L + START)
                .putLong(ELF64_HEADER + 0x18, START)
                .putLong(ELF64_HEADER + 0x20, 0x200)
                .putLong(ELF64_HEADER + 0x28, 0x1000)
                .put(0x100, linuxCode())
                .array();
    }

    /** A format and an image of it. */
    enum Sample {
        FLAT(ImageFormat.FLAT, Guest.HELLO_REAL.image()),
        FIRMWARE(ImageFormat.FIRMWARE, firmware()),
        ELF32(ImageFormat.ELF32, elf32()),
        ELF64(ImageFormat.ELF64, Guest.HELLO.image()),
        MULTIBOOT(ImageFormat.MULTIBOOT, multiboot()),
        MULTIBOOT_ELF(ImageFormat.MULTIBOOT, multibootElf()),
        MULTIBOOT2(ImageFormat.MULTIBOOT2, multiboot2()),
        PVH(ImageFormat.PVH, pvh()),
        BZIMAGE_32(ImageFormat.BZIMAGE, bzImage32()),
        BZIMAGE_64(ImageFormat.BZIMAGE, bzImage64()),
        VMLINUX(ImageFormat.VMLINUX, vmlinux());

        private final ImageFormat format;
        private final byte[] image;

        Sample(ImageFormat format, byte[] image) {
            this.format = format;
            this.image = image;
        }

        ImageFormat format() {
            return format;
        }

        byte[] image() {
            return image.clone();
        }

        boolean takesParameters() {
            return compareTo(MULTIBOOT) >= 0;
        }
    }
}
