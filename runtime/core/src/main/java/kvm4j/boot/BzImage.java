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

    private static final int ENTRY_64_OFFSET = 0x200;
    private static final long LOWEST_ADDRESS = 0x10_0000;
    private static final int OLDEST = 0x204;

    private final LinuxSetupHeader header;
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
        this.header = LinuxSetupHeader.of(image);
        this.parameters = parameters;
        int version = header.version();
        if (version < OLDEST) {
            throw new ImageException(
                    "the Linux image follows boot protocol %d.%02d; 2.04 is the oldest that will do%s"
                            .formatted(version >>> Byte.SIZE, version & 0xff, WITH_A_BIOS));
        }
        if (!header.hasEntry32()) {
            throw new ImageException(
                    "the Linux image has only a 16-bit entry, which needs a BIOS" + WITH_A_BIOS);
        }
        if (!header.isLoadedHigh()) {
            throw new ImageException(
                    "the Linux image is a zImage, which only a BIOS can start" + WITH_A_BIOS);
        }
        this.kernel = header.kernel();
    }

    @Override
    public EntryState load(GuestMemory memory) {
        ImageMemory parts = new ImageMemory(memory);
        long start = place(parts);
        long page = LinuxBootParameters.write(parts, memory, parameters, header.bytes(), limits());
        Registers registers = Registers.CLEARED.withRsi(page);
        if (header.hasEntry64()) {
            LongModeTables tables = LongModeTables.write(parts);
            return new EntryState(registers.withRip(start + ENTRY_64_OFFSET), tables::enter);
        }
        ProtectedModeTables tables = ProtectedModeTables.write(parts);
        return new EntryState(registers.withRip(start), tables::enterWithDescriptors);
    }

    /** Puts the kernel where it wants to be, or, if it can be moved, where there is room. */
    private long place(ImageMemory parts) {
        long wanted = header.preferredAddress();
        long length = Math.max(kernel.byteSize(), header.initialSize());
        boolean fits =
                length <= Math.min(parts.map().usableEnd(wanted), ImageMemory.FOUR_GIB) - wanted;
        if (fits) {
            parts.place(NAME, wanted, length, kernel);
            return wanted;
        }
        if (!header.isRelocatable()) {
            throw new ImageException(
                    "the Linux kernel needs 0x%x bytes of RAM at 0x%x, below 4 GiB"
                            .formatted(length, wanted));
        }
        long address =
                parts.lowestFree(length, header.alignment(), LOWEST_ADDRESS, ImageMemory.FOUR_GIB)
                        .orElseThrow(
                                () ->
                                        parts.noRoom(
                                                NAME,
                                                length,
                                                LOWEST_ADDRESS,
                                                ImageMemory.FOUR_GIB));
        parts.place(NAME, address, length, kernel);
        return address;
    }

    private LinuxBootParameters.Limits limits() {
        return new LinuxBootParameters.Limits(header.commandLineLength(), header.initrdEnd());
    }
}
