package kvm4j.boot;

import kvm4j.memory.GuestMemory;
import kvm4j.x86.Registers;

/**
 * A static ELF executable for x86-64, entered in 64-bit mode (System V ABI and its AMD64
 * supplement).
 *
 * <p>Segments go to their physical addresses; a position-independent executable that is linked at 0
 * goes to the first MiB boundary that its alignment allows, and is relocated. The first 4 GiB are
 * mapped one to one, and an entry point at a virtual address is entered at its physical one. The
 * entry state is privilege level 0, interrupts off, no interrupt descriptors, all general purpose
 * registers 0 but RIP, the entry point, and RSP. Where the image leaves room for them, the tables
 * for that take the memory from 0x1000 to 0x8000 and the stack grows down from 0x80000.
 */
public final class Elf64Image implements BootImage {

    private final LoadPlan plan;

    /**
     * Checks an image.
     *
     * @param image the file's bytes, which are copied when it is loaded
     * @throws ImageException if they are not a complete static executable for x86-64
     */
    public Elf64Image(byte[] image) {
        this(ImageFile.of(image));
    }

    /**
     * Checks an image.
     *
     * @param image the file, which is copied when it is loaded
     * @throws ImageException if it is not a complete static executable for x86-64
     */
    public Elf64Image(ImageFile image) {
        ElfFile file = image.elf();
        if (file.type() != ElfFile.Type.ELF64) {
            throw new ImageException("the ELF file is 32-bit, and 64-bit mode was asked for");
        }
        plan = LoadPlan.of(file);
        if (!file.movable() && plan.end() > LongModeTables.MAPPED) {
            throw new ImageException(
                    "the ELF file's segments reach to 0x%x, beyond the first 4 GiB, which alone are mapped"
                            .formatted(plan.end()));
        }
    }

    @Override
    public EntryState load(GuestMemory memory) {
        ImageMemory parts = new ImageMemory(memory);
        LoadPlan placed = plan.place(parts);
        long stack = LoaderArea.stack(parts);
        LongModeTables tables = LongModeTables.write(parts);
        Registers registers = Registers.CLEARED.withRip(placed.entry()).withRsp(stack);
        return new EntryState(registers, tables::enter);
    }
}
