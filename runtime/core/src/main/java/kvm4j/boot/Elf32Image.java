package kvm4j.boot;

import kvm4j.memory.GuestMemory;
import kvm4j.x86.Registers;

/**
 * A static ELF executable for 32-bit x86, entered in protected mode (System V ABI and its Intel386
 * supplement).
 *
 * <p>Segments go to their physical addresses; a position-independent executable that is linked at 0
 * goes to the first MiB boundary that its alignment allows, and is relocated. The entry state is
 * privilege level 0 without paging, all segments flat over 4 GiB, interrupts off, no interrupt
 * descriptors, all general purpose registers 0 but EIP, the entry point, and ESP. Where the image
 * leaves room for them, segment descriptors are at 0x1000 and the stack grows down from 0x80000.
 */
public final class Elf32Image implements BootImage {

    private final LoadPlan plan;

    /**
     * Checks an image.
     *
     * @param image the file's bytes, which are copied when it is loaded
     * @throws ImageException if they are not a complete static executable for 32-bit x86
     */
    public Elf32Image(byte[] image) {
        this(ImageFile.of(image));
    }

    /**
     * Checks an image.
     *
     * @param image the file, which is copied when it is loaded
     * @throws ImageException if it is not a complete static executable for 32-bit x86
     */
    public Elf32Image(ImageFile image) {
        ElfFile file = image.elf();
        if (file.type() != ElfFile.Type.ELF32) {
            throw new ImageException("the ELF file is 64-bit, and 32-bit mode was asked for");
        }
        plan = LoadPlan.of(file);
    }

    @Override
    public EntryState load(GuestMemory memory) {
        ImageMemory parts = new ImageMemory(memory);
        LoadPlan placed = plan.place(parts);
        long stack = LoaderArea.stack(parts);
        ProtectedModeTables tables = ProtectedModeTables.write(parts);
        Registers registers = Registers.CLEARED.withRip(placed.entry()).withRsp(stack);
        return new EntryState(registers, tables::enterWithDescriptors);
    }
}
