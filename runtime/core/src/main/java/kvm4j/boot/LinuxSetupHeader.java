package kvm4j.boot;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * {@code struct setup_header}, which stands at the same offset of a Linux image and of the boot
 * parameters (Linux, Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header"): what an image
 * says in it, and where a loader writes.
 *
 * <p>A field that the image's version of the protocol does not have yet has the value that boot.rst
 * gives it for older ones.
 */
final class LinuxSetupHeader {

    /** Where the structure begins: {@code setup_sects}. */
    static final int START = 0x1f1;

    /** {@code type_of_loader}, 8 bits. */
    static final int LOADER_TYPE = 0x210;

    static final int LOADER_WITHOUT_NUMBER = 0xff;

    /** {@code loadflags}, 8 bits. */
    static final int LOAD_FLAGS = 0x211;

    /** Of {@link #LOAD_FLAGS}: {@link #HEAP_END} is valid. */
    static final int CAN_USE_HEAP = 1 << 7;

    /** {@code ramdisk_image}, 32 bits. */
    static final int RAMDISK_ADDRESS = 0x218;

    /** {@code ramdisk_size}, 32 bits. */
    static final int RAMDISK_SIZE = 0x21c;

    /** {@code heap_end_ptr}, 16 bits. */
    static final int HEAP_END = 0x224;

    /** {@code cmd_line_ptr}, 32 bits. */
    static final int COMMAND_LINE_ADDRESS = 0x228;

    private static final int BOOT_FLAG = 0x1fe;
    private static final int BOOT_FLAG_VALUE = 0xaa55;
    private static final int JUMP_OFFSET = 0x201;
    private static final int MAGIC = 0x202;

    /** "HdrS". */
    private static final int MAGIC_VALUE = 0x5372_6448;

    private static final int VERSION = 0x206;
    private static final int CODE_START = 0x214;
    private static final int INITRD_LIMIT = 0x22c;
    private static final int ALIGNMENT = 0x230;
    private static final int RELOCATABLE = 0x234;
    private static final int EXTENDED_LOAD_FLAGS = 0x236;
    private static final int COMMAND_LINE_LENGTH = 0x238;
    private static final int PREFERRED_ADDRESS = 0x258;
    private static final int INITIAL_SIZE = 0x260;

    private static final int LOADED_HIGH = 1 << 0;
    private static final int ENTRY_64 = 1 << 0;

    private static final int SECTOR = 512;
    private static final int DEFAULT_SETUP_SECTORS = 4;
    private static final long USUAL_ADDRESS = 0x10_0000;
    private static final long OLD_INITRD_LIMIT = 0x37ff_ffffL;
    private static final int OLD_COMMAND_LINE_LENGTH = 255;

    /** Versions of the protocol that brought fields. */
    private static final int WITH_INITRD_LIMIT = 0x203;

    private static final int WITH_RELOCATION = 0x205;
    private static final int WITH_COMMAND_LINE_LENGTH = 0x206;
    private static final int WITH_PREFERRED_ADDRESS = 0x20a;
    private static final int WITH_EXTENDED_LOAD_FLAGS = 0x20c;

    private final ImageReader image;
    private final int version;

    private LinuxSetupHeader(ImageReader image) {
        this.image = image;
        this.version = image.u16(VERSION);
    }

    /** Whether these bytes have such a header. */
    static boolean isIn(MemorySegment image) {
        return image.byteSize() >= MAGIC + Integer.BYTES
                && new ImageReader(image, "").u32(MAGIC) == MAGIC_VALUE;
    }

    /**
     * The header of an image; a field is read when it is asked for.
     *
     * @throws ImageException if it has none
     */
    static LinuxSetupHeader of(ImageFile file) {
        if (!isIn(file.bytes())) {
            throw new ImageException("the image has no Linux setup header");
        }
        return new LinuxSetupHeader(file.reader("the Linux image"));
    }

    /**
     * The structure for the boot parameters of a kernel whose image has none, as far as Linux looks
     * at it.
     *
     * @param version of the boot protocol
     */
    static MemorySegment ofVersion(int version) {
        byte[] header = new byte[VERSION + Short.BYTES - START];
        ByteBuffer.wrap(header)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort(BOOT_FLAG - START, (short) BOOT_FLAG_VALUE)
                .putInt(MAGIC - START, MAGIC_VALUE)
                .putShort(VERSION - START, (short) version);
        return MemorySegment.ofArray(header);
    }

    /** The version of the boot protocol: 0x20f is 2.15. */
    int version() {
        return version;
    }

    /**
     * The real-mode part of the image.
     *
     * @throws ImageException if the image ends before it does
     */
    MemorySegment setup() {
        return image.slice(0, setupLength());
    }

    /**
     * What is behind the real-mode part.
     *
     * @throws ImageException if there is nothing
     */
    MemorySegment kernel() {
        long start = setupLength();
        return image.slice(start, Math.max(image.size() - start, 1));
    }

    private long setupLength() {
        int sectors = image.u8(START);
        return (1L + (sectors == 0 ? DEFAULT_SETUP_SECTORS : sectors)) * SECTOR;
    }

    /** Whether the kernel goes to 1 MiB and above, as of a bzImage. */
    boolean isLoadedHigh() {
        return (image.u8(LOAD_FLAGS) & LOADED_HIGH) != 0;
    }

    /** Whether there is an entry in 32-bit protected mode. */
    boolean hasEntry32() {
        return image.u32(CODE_START) != 0;
    }

    /** Whether there is an entry in 64-bit mode. */
    boolean hasEntry64() {
        return version >= WITH_EXTENDED_LOAD_FLAGS
                && (image.u16(EXTENDED_LOAD_FLAGS) & ENTRY_64) != 0;
    }

    /** The address at or below which the initrd has to end. */
    long initrdEnd() {
        return (version < WITH_INITRD_LIMIT ? OLD_INITRD_LIMIT : image.u32(INITRD_LIMIT)) + 1;
    }

    /** Characters that a command line may have, without the zero behind them. */
    long commandLineLength() {
        return version < WITH_COMMAND_LINE_LENGTH
                ? OLD_COMMAND_LINE_LENGTH
                : image.u32(COMMAND_LINE_LENGTH);
    }

    /** Where the kernel is best loaded. */
    long preferredAddress() {
        return version < WITH_PREFERRED_ADDRESS ? USUAL_ADDRESS : image.u64(PREFERRED_ADDRESS);
    }

    /** Bytes of RAM, from where it is loaded, that the kernel needs before it looks at the map. */
    long initialSize() {
        return version < WITH_PREFERRED_ADDRESS ? 0 : image.u32(INITIAL_SIZE);
    }

    /** Whether the kernel can be loaded at another address than the preferred. */
    boolean isRelocatable() {
        return version >= WITH_RELOCATION && image.u8(RELOCATABLE) != 0;
    }

    /**
     * What the address of a relocatable kernel has to be a multiple of.
     *
     * @throws ImageException if it is no power of two
     */
    long alignment() {
        long alignment = image.u32(ALIGNMENT);
        if (Long.bitCount(alignment) != 1) {
            throw new ImageException(
                    "the Linux image wants an alignment of 0x%x, which is no power of two"
                            .formatted(alignment));
        }
        return alignment;
    }

    /** The structure, as long as the image has it: what goes to {@link #START}. */
    MemorySegment bytes() {
        long end = MAGIC + image.u8(JUMP_OFFSET);
        return image.slice(START, end - START);
    }
}
