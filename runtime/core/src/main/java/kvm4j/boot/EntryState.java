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

    /** 32-bit protected mode without paging: interrupts off, all segments flat over 4 GiB. */
    static EntryState protectedMode(Registers registers) {
        return new EntryState(registers, ProtectedModeTables::enter);
    }

    /** The same with the selectors of GRUB 2. */
    static EntryState protectedModeOfGrub(Registers registers) {
        return new EntryState(registers, ProtectedModeTables::enterAsGrub);
    }
}
