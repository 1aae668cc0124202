package kvm4j.kvm.irq;

import kvm4j.bindings.kvm.kvm_ioapic_state;
import kvm4j.x86.IoApicState;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** {@code struct kvm_ioapic_state}. */
final class IoApicCodec {

    private IoApicCodec() {}

    static IoApicState load(MemorySegment source) {
        List<Long> redirections = new ArrayList<>(IoApicState.PINS);
        for (int pin = 0; pin < IoApicState.PINS; pin++) {
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

    static void store(IoApicState state, MemorySegment target) {
        kvm_ioapic_state.base_address(target, state.baseAddress());
        kvm_ioapic_state.ioregsel(target, state.selectedRegister());
        kvm_ioapic_state.id(target, state.id());
        kvm_ioapic_state.irr(target, state.irr());
        for (int pin = 0; pin < IoApicState.PINS; pin++) {
            kvm_ioapic_state.redirtbl.bits(
                    kvm_ioapic_state.redirtbl(target, pin), state.redirections().get(pin));
        }
    }
}
