package kvm4j.boot;

import kvm4j.memory.GuestMemory;
import kvm4j.x86.Registers;

import java.lang.foreign.MemorySegment;

/**
 * A static ELF executable for x86-64, entered in 64-bit mode (System V ABI and its AMD64
 * supplement).
 *
 * <p>Segments go to their physical addresses. The first 4 GiB are mapped one to one; the tables for
 * that take the memory from 0x1000 to 0x8000. The entry state is privilege level 0, interrupts off,
 * no interrupt descriptors, all general purpose registers 0 but RIP, the entry point, and RSP,
 * 0x80000.
 */
public final class Elf64Image implements BootImage {

    /** Where the stack grows down from. */
    public static final long STACK = 0x8_0000;

    private final LoadPlan plan;

    /**
     * Checks an image.
     *
     * @param image the file's bytes, which are copied when it is loaded
     * @throws ImageException if they are not a complete static executable for x86-64
     */
    public Elf64Image(byte[] image) {
        ElfFile file = ElfFile.parse(MemorySegment.ofArray(image).asReadOnly());
        if (file.type() != ElfFile.Type.ELF64) {
            throw new ImageException("the ELF file is 32-bit, and 64-bit mode was asked for");
        }
        plan = LoadPlan.of(file);
        for (ElfFile.Segment segment : file.segments()) {
            if (segment.address() + segment.length() > LongModeTables.MAPPED) {
                throw new ImageException(
                        ("the ELF file's segment at 0x%x reaches beyond the first 4 GiB,"
                                        + " which alone are mapped")
                                .formatted(segment.address()));
            }
        }
    }

    @Override
    public EntryState load(GuestMemory memory) {
        ImageMemory parts = new ImageMemory(memory);
        LongModeTables.write(parts);
        plan.place(parts);
        Registers registers = Registers.CLEARED.withRip(plan.entry()).withRsp(STACK);
        return new EntryState(registers, LongModeTables::enter);
    }
}
