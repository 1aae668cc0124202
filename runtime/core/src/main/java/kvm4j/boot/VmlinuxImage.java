package kvm4j.boot;

import kvm4j.memory.GuestMemory;
import kvm4j.x86.Registers;

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

    private static final long COMMAND_LINE_LENGTH = 2047;
    private static final long INITRD_END = 0x8000_0000L;

    /** Of the boot protocol, for an ELF file does not say it: 2.15. */
    private static final int VERSION = 0x20f;

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
        long stack = LoaderArea.stack(parts);
        LongModeTables tables = LongModeTables.write(parts);
        long page =
                LinuxBootParameters.write(
                        parts,
                        memory,
                        parameters,
                        LinuxSetupHeader.ofVersion(VERSION),
                        new LinuxBootParameters.Limits(COMMAND_LINE_LENGTH, INITRD_END));
        Registers registers =
                Registers.CLEARED.withRip(placed.entry()).withRsp(stack).withRsi(page);
        return new EntryState(registers, tables::enter);
    }
}
