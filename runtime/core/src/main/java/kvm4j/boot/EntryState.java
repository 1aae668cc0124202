package kvm4j.boot;

import kvm4j.x86.DescriptorTable;
import kvm4j.x86.Registers;
import kvm4j.x86.Segment;
import kvm4j.x86.SpecialRegisters;

import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * The state in which a processor enters an image.
 *
 * @param registers the general purpose registers
 * @param special the segment, descriptor-table and control registers; its APIC base does not count:
 *     that is the processor's own
 */
public record EntryState(Registers registers, SpecialRegisters special) {

    /** No interrupt descriptors: any interrupt or exception shuts the processor down. */
    static final DescriptorTable NO_INTERRUPTS = new DescriptorTable(0, 0);

    /**
     * A state.
     *
     * @throws NullPointerException if a part is missing
     */
    public EntryState {
        Objects.requireNonNull(registers);
        Objects.requireNonNull(special);
    }

    /**
     * A state that differs from the one after a reset.
     *
     * @param registers the general purpose registers
     * @param change makes the others from {@link SpecialRegisters#RESET}
     */
    public EntryState(Registers registers, UnaryOperator<SpecialRegisters> change) {
        this(registers, change.apply(SpecialRegisters.RESET));
    }

    /**
     * Real mode, interrupts off; data and stack segments start at address 0.
     *
     * @param codeSelector CS: the code segment starts at 16 times this
     * @param ip the instruction pointer, 16 bits
     * @param sp the stack pointer, 16 bits
     * @return the state
     */
    static EntryState realMode(int codeSelector, int ip, int sp) {
        return new EntryState(
                Registers.CLEARED.withRip(ip).withRsp(sp),
                reset ->
                        reset.withCode(Segment.realModeCode(codeSelector))
                                .withData(Segment.realMode(0)));
    }

    /**
     * Real mode, as firmware enters an operating system that wakes from S3 (ACPI 6.5, table 5.14,
     * Firmware_Waking_Vector): interrupts off, CS is the address divided by 16.
     *
     * @param vector where, below 1 MiB
     * @return the state
     * @throws IllegalArgumentException if real mode does not reach there
     */
    public static EntryState wakingInRealMode(long vector) {
        if (vector < 0 || vector >= MemoryMap.HIGH_START) {
            throw new IllegalArgumentException("real mode does not reach 0x%x".formatted(vector));
        }
        return realMode((int) vector >>> 4, (int) vector & 0xf, 0);
    }

    /**
     * 32-bit protected mode, as firmware enters an operating system that wakes from S3 and wants it
     * so (ACPI 6.5, table 5.14, X_Firmware_Waking_Vector): interrupts and paging off, all segments
     * flat over 4 GiB.
     *
     * @param vector where, below 4 GiB
     * @return the state
     * @throws IllegalArgumentException if that mode does not reach there
     */
    public static EntryState wakingInProtectedMode(long vector) {
        if (vector < 0 || vector >= 1L << 32) {
            throw new IllegalArgumentException("32 bits do not reach 0x%x".formatted(vector));
        }
        return protectedMode(Registers.CLEARED.withRip(vector));
    }

    /** 32-bit protected mode without paging: interrupts off, all segments flat over 4 GiB. */
    static EntryState protectedMode(Registers registers) {
        return new EntryState(registers, ProtectedModeTables::enter);
    }

    /** The same with the selectors of GRUB 2. */
    static EntryState protectedModeOfGrub(Registers registers) {
        return new EntryState(registers, ProtectedModeTables::enterAsGrub);
    }
}
