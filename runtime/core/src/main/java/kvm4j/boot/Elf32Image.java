package kvm4j.boot;

import kvm4j.memory.GuestMemory;
import kvm4j.x86.Registers;

import java.lang.foreign.MemorySegment;

/**
 * A static ELF executable for 32-bit x86, entered in protected mode (System V ABI and its Intel386
 * supplement).
 *
 * <p>Segments go to their physical addresses. The entry state is privilege level 0 without paging,
 * all segments flat over 4 GiB with their descriptors at 0x1000, interrupts off, no interrupt
 * descriptors, all general purpose registers 0 but EIP, the entry point, and ESP, 0x80000.
 */
public final class Elf32Image implements BootImage {

    /** Where the stack grows down from. */
    public static final long STACK = 0x8_0000;

    private final LoadPlan plan;

    /**
     * Checks an image.
     *
     * @param image the file's bytes, which are copied when it is loaded
     * @throws ImageException if they are not a complete static executable for 32-bit x86
     */
    public Elf32Image(byte[] image) {
        ElfFile file = ElfFile.parse(MemorySegment.ofArray(image).asReadOnly());
        if (file.type() != ElfFile.Type.ELF32) {
            throw new ImageException("the ELF file is 64-bit, and 32-bit mode was asked for");
        }
        plan = LoadPlan.of(file);
    }

    @Override
    public EntryState load(GuestMemory memory) {
        ImageMemory parts = new ImageMemory(memory);
        ProtectedModeTables.write(parts);
        plan.place(parts);
        Registers registers = Registers.CLEARED.withRip(plan.entry()).withRsp(STACK);
        return new EntryState(registers, ProtectedModeTables::enterWithDescriptors);
    }
}
