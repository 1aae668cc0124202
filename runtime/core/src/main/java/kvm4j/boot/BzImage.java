package kvm4j.boot;

import kvm4j.memory.GuestMemory;
import kvm4j.x86.Registers;

import java.lang.foreign.MemorySegment;

/**
 * A compressed Linux kernel, or what follows the same protocol, such as memtest86+ (Linux,
 * Documentation/arch/x86/boot.rst, protocol 2.04 and later).
 *
 * <p>The kernel is entered in 64-bit mode if it can be, with the first 4 GiB mapped one to one,
 * else in 32-bit protected mode; in both with the address of the boot parameters in RSI. Its 16-bit
 * setup code, which needs a BIOS, does not run. The one module is the initrd; it goes as high as it
 * can below 4 GiB.
 */
public final class BzImage implements BootImage {

    private static final String NAME = "the Linux kernel";

    private static final String WITH_A_BIOS =
            ": kvm4j run --kernel IMAGE --option-rom linuxboot_dma.bin BIOS, such as SeaBIOS, does";

    private static final int SETUP_SECTORS = 0x1f1;
    private static final int JUMP_OFFSET = 0x201;
    private static final int MAGIC = 0x202;
    private static final long MAGIC_VALUE = 0x5372_6448;
    private static final int VERSION = 0x206;
    private static final int LOAD_FLAGS = 0x211;
    private static final int LOADED_HIGH = 1 << 0;
    private static final int CODE_START = 0x214;
    private static final int INITRD_LIMIT = 0x22c;
    private static final int ALIGNMENT = 0x230;
    private static final int RELOCATABLE = 0x234;
    private static final int EXTENDED_LOAD_FLAGS = 0x236;
    private static final int ENTRY_64 = 1 << 0;
    private static final int COMMAND_LINE_LENGTH = 0x238;
    private static final int PREFERRED_ADDRESS = 0x258;
    private static final int INITIAL_SIZE = 0x260;

    private static final int SECTOR = 512;
    private static final int DEFAULT_SETUP_SECTORS = 4;
    private static final int ENTRY_64_OFFSET = 0x200;
    private static final long USUAL_ADDRESS = 0x10_0000;

    private static final int OLDEST = 0x204;

    /** Versions of the protocol that brought fields. */
    private static final int WITH_RELOCATION = 0x205;

    private static final int WITH_COMMAND_LINE_LENGTH = 0x206;
    private static final int WITH_PREFERRED_ADDRESS = 0x20a;
    private static final int WITH_EXTENDED_LOAD_FLAGS = 0x20c;

    private static final int OLD_COMMAND_LINE_LENGTH = 255;

    private final ImageReader image;
    private final int version;
    private final MemorySegment kernel;
    private final BootParameters parameters;

    /**
     * Checks an image.
     *
     * @param image the file's bytes, which are copied when it is loaded
     * @param parameters command line, and at most one module, the initrd
     * @throws ImageException if they are not a complete kernel that this protocol can enter
     */
    public BzImage(byte[] image, BootParameters parameters) {
        this(ImageFile.of(image), parameters);
    }

    /**
     * Checks an image.
     *
     * @param image the file, which is copied when it is loaded
     * @param parameters command line, and at most one module, the initrd
     * @throws ImageException if it is not a complete kernel that this protocol can enter
     */
    public BzImage(ImageFile image, BootParameters parameters) {
        if (!recognises(image.bytes())) {
            throw new ImageException("the image has no Linux setup header");
        }
        this.image = image.reader("the Linux image");
        this.parameters = parameters;
        this.version = this.image.u16(VERSION);
        if (version < OLDEST) {
            throw new ImageException(
                    "the Linux image follows boot protocol %d.%02d; 2.04 is the oldest that will do%s"
                            .formatted(version >>> Byte.SIZE, version & 0xff, WITH_A_BIOS));
        }
        if (this.image.u32(CODE_START) == 0) {
            throw new ImageException(
                    "the Linux image has only a 16-bit entry, which needs a BIOS" + WITH_A_BIOS);
        }
        if ((this.image.u8(LOAD_FLAGS) & LOADED_HIGH) == 0) {
            throw new ImageException(
                    "the Linux image is a zImage, which only a BIOS can start" + WITH_A_BIOS);
        }
        int sectors = this.image.u8(SETUP_SECTORS);
        long setup = (1L + (sectors == 0 ? DEFAULT_SETUP_SECTORS : sectors)) * SECTOR;
        this.kernel = this.image.slice(setup, Math.max(this.image.size() - setup, 1));
    }

    static boolean recognises(MemorySegment image) {
        return image.byteSize() >= MAGIC + Integer.BYTES
                && new ImageReader(image, "").u32(MAGIC) == MAGIC_VALUE;
    }

    @Override
    public EntryState load(GuestMemory memory) {
        ImageMemory parts = new ImageMemory(memory);
        boolean wide =
                version >= WITH_EXTENDED_LOAD_FLAGS
                        && (image.u16(EXTENDED_LOAD_FLAGS) & ENTRY_64) != 0;
        long start = place(parts);
        long page = LinuxBootParameters.write(parts, memory, parameters, setupHeader(), limits());
        Registers registers = Registers.CLEARED.withRsi(page);
        if (wide) {
            LongModeTables tables = LongModeTables.write(parts);
            return new EntryState(registers.withRip(start + ENTRY_64_OFFSET), tables::enter);
        }
        ProtectedModeTables tables = ProtectedModeTables.write(parts);
        return new EntryState(registers.withRip(start), tables::enterWithDescriptors);
    }

    /** Puts the kernel where it wants to be, or, if it can be moved, where there is room. */
    private long place(ImageMemory parts) {
        long wanted = USUAL_ADDRESS;
        long length = kernel.byteSize();
        if (version >= WITH_PREFERRED_ADDRESS) {
            wanted = image.u64(PREFERRED_ADDRESS);
            length = Math.max(length, image.u32(INITIAL_SIZE));
        }
        boolean movable = version >= WITH_RELOCATION && image.u8(RELOCATABLE) != 0;
        boolean fits =
                length <= Math.min(parts.map().usableEnd(wanted), ImageMemory.FOUR_GIB) - wanted;
        if (fits) {
            parts.place(NAME, wanted, length, kernel);
            return wanted;
        }
        if (!movable) {
            throw new ImageException(
                    "the Linux kernel needs 0x%x bytes of RAM at 0x%x, below 4 GiB"
                            .formatted(length, wanted));
        }
        long size = length;
        long address =
                parts.lowestFree(size, alignment(), USUAL_ADDRESS, ImageMemory.FOUR_GIB)
                        .orElseThrow(
                                () ->
                                        parts.noRoom(
                                                NAME, size, USUAL_ADDRESS, ImageMemory.FOUR_GIB));
        parts.place(NAME, address, size, kernel);
        return address;
    }

    private long alignment() {
        long alignment = image.u32(ALIGNMENT);
        if (Long.bitCount(alignment) != 1) {
            throw new ImageException(
                    "the Linux image wants an alignment of 0x%x, which is no power of two"
                            .formatted(alignment));
        }
        return alignment;
    }

    private LinuxBootParameters.SetupHeader setupHeader() {
        long end = MAGIC + image.u8(JUMP_OFFSET);
        return new LinuxBootParameters.SetupHeader(
                SETUP_SECTORS, image.slice(SETUP_SECTORS, end - SETUP_SECTORS));
    }

    private LinuxBootParameters.Limits limits() {
        long commandLine =
                version >= WITH_COMMAND_LINE_LENGTH
                        ? image.u32(COMMAND_LINE_LENGTH)
                        : OLD_COMMAND_LINE_LENGTH;
        return new LinuxBootParameters.Limits(commandLine, image.u32(INITRD_LIMIT) + 1);
    }
}
