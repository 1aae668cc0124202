package kvm4j.boot;

import kvm4j.memory.GuestMemory;
import kvm4j.x86.Registers;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * An uncompressed 64-bit Linux kernel, an ELF file, entered in 64-bit mode with the address of the
 * boot parameters in RSI (Linux, Documentation/arch/x86/boot.rst, section "64-bit boot protocol").
 *
 * <p>The first 4 GiB are mapped one to one, and there is a stack, for other kernels that are linked
 * as high. The one module is the initrd; it goes as high as it can below 2 GiB. A kernel with a PVH
 * entry point can be booted as {@link PvhImage} as well.
 */
public final class VmlinuxImage implements BootImage {

    /** Where Linux maps its own code: the last 2 GiB. */
    private static final long KERNEL_MAP = 0xffff_ffff_8000_0000L;

    private static final long STACK = 0x8_0000;
    private static final long COMMAND_LINE_LENGTH = 2047;
    private static final long INITRD_END = 0x8000_0000L;

    /** Offset in the boot parameters of the setup header, which the ELF file lacks. */
    private static final int SETUP_HEADER = 0x1f1;

    private static final int BOOT_FLAG = 0x1fe;
    private static final int BOOT_FLAG_VALUE = 0xaa55;
    private static final int MAGIC = 0x202;
    private static final int MAGIC_VALUE = 0x5372_6448;
    private static final int VERSION = 0x206;
    private static final int VERSION_VALUE = 0x20f;
    private static final int END = VERSION + Short.BYTES;

    private final LoadPlan plan;
    private final BootParameters parameters;

    /**
     * Checks an image.
     *
     * @param image the file's bytes, which are copied when it is loaded
     * @param parameters command line, and at most one module, the initrd
     * @throws ImageException if they are not a complete 64-bit kernel
     */
    public VmlinuxImage(byte[] image, BootParameters parameters) {
        this(ImageFile.of(image), parameters);
    }

    /**
     * Checks an image.
     *
     * @param image the file, which is copied when it is loaded
     * @param parameters command line, and at most one module, the initrd
     * @throws ImageException if it is not a complete 64-bit kernel
     */
    public VmlinuxImage(ImageFile image, BootParameters parameters) {
        ElfFile file = image.elf();
        if (!recognises(file)) {
            throw new ImageException(
                    "the ELF file is no 64-bit Linux kernel: nothing is linked at 0x%x or above"
                            .formatted(KERNEL_MAP));
        }
        this.plan = LoadPlan.of(file);
        this.parameters = parameters;
    }

    static boolean recognises(ElfFile file) {
        return file.type() == ElfFile.Type.ELF64
                && file.segments().stream()
                        .anyMatch(
                                segment ->
                                        Long.compareUnsigned(segment.virtualAddress(), KERNEL_MAP)
                                                >= 0);
    }

    @Override
    public EntryState load(GuestMemory memory) {
        ImageMemory parts = new ImageMemory(memory);
        LoadPlan placed = plan.place(parts);
        long stack = LoaderArea.stack(parts, STACK);
        LongModeTables tables = LongModeTables.write(parts);
        long page =
                LinuxBootParameters.write(
                        parts,
                        memory,
                        parameters,
                        setupHeader(),
                        new LinuxBootParameters.Limits(COMMAND_LINE_LENGTH, INITRD_END));
        Registers registers =
                Registers.CLEARED.withRip(placed.entry()).withRsp(stack).withRsi(page);
        return new EntryState(registers, tables::enter);
    }

    private static LinuxBootParameters.SetupHeader setupHeader() {
        ByteBuffer header =
                ByteBuffer.allocate(END - SETUP_HEADER)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putShort(BOOT_FLAG - SETUP_HEADER, (short) BOOT_FLAG_VALUE)
                        .putInt(MAGIC - SETUP_HEADER, MAGIC_VALUE)
                        .putShort(VERSION - SETUP_HEADER, (short) VERSION_VALUE);
        return new LinuxBootParameters.SetupHeader(
                SETUP_HEADER, MemorySegment.ofArray(header.array()));
    }
}
