package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_ioapic_state;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The state of the I/O APIC in the kernel: {@code struct kvm_ioapic_state}.
 *
 * @param baseAddress where its registers are, guest-physical
 * @param selectedRegister the register that IOREGSEL selects
 * @param id its APIC ID
 * @param irr which lines ask for an interrupt, one bit each
 * @param redirections the redirection table: 24 entries as the data sheet has them
 */
public record IoApicState(
        long baseAddress, int selectedRegister, int id, int irr, List<Long> redirections) {

    /** How many lines it has. */
    public static final int PINS = KvmUapi.KVM_IOAPIC_NUM_PINS();

    /**
     * A state.
     *
     * @throws IllegalArgumentException if there is not one redirection for each line
     */
    public IoApicState {
        redirections = List.copyOf(redirections);
        if (redirections.size() != PINS) {
            throw new IllegalArgumentException(
                    "the I/O APIC has %d lines: %d".formatted(PINS, redirections.size()));
        }
    }

    /**
     * This state with one line redirected otherwise.
     *
     * @param pin the line, from 0 to 23
     * @param entry the redirection table entry
     * @return a copy
     */
    public IoApicState withRedirection(int pin, long entry) {
        List<Long> changed = new ArrayList<>(redirections);
        changed.set(pin, entry);
        return new IoApicState(baseAddress, selectedRegister, id, irr, changed);
    }

    static IoApicState load(MemorySegment source) {
        List<Long> redirections = new ArrayList<>(PINS);
        for (int pin = 0; pin < PINS; pin++) {
            redirections.add(
                    kvm_ioapic_state.redirtbl.bits(kvm_ioapic_state.redirtbl(source, pin)));
        }
        return new IoApicState(
                kvm_ioapic_state.base_address(source),
                kvm_ioapic_state.ioregsel(source),
                kvm_ioapic_state.id(source),
                kvm_ioapic_state.irr(source),
                redirections);
    }

    void store(MemorySegment target) {
        kvm_ioapic_state.base_address(target, baseAddress);
        kvm_ioapic_state.ioregsel(target, selectedRegister);
        kvm_ioapic_state.id(target, id);
        kvm_ioapic_state.irr(target, irr);
        for (int pin = 0; pin < PINS; pin++) {
            kvm_ioapic_state.redirtbl.bits(
                    kvm_ioapic_state.redirtbl(target, pin), redirections.get(pin));
        }
    }
}
