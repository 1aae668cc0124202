package kvm4j.boot;

import kvm4j.kvm.DescriptorTable;
import kvm4j.kvm.Registers;
import kvm4j.kvm.Segment;
import kvm4j.kvm.SpecialRegisters;
import kvm4j.kvm.Vcpu;

import java.util.function.UnaryOperator;

/**
 * The state in which a vCPU enters an image.
 *
 * @param registers the general purpose registers
 * @param special makes the segment and control registers from those of a vCPU after reset
 */
public record EntryState(Registers registers, UnaryOperator<SpecialRegisters> special) {

    /** No interrupt descriptors: any interrupt or exception shuts the processor down. */
    static final DescriptorTable NO_INTERRUPTS = new DescriptorTable(0, 0);

    /**
     * Gives a vCPU that has not run yet this state ({@code KVM_SET_SREGS}, {@code KVM_SET_REGS}).
     *
     * @param vcpu the vCPU, on whose thread this must run
     * @throws kvm4j.linux.LinuxException if KVM refuses the state
     */
    public void applyTo(Vcpu vcpu) {
        vcpu.setSpecialRegisters(special.apply(vcpu.specialRegisters()));
        vcpu.setRegisters(registers);
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
}
