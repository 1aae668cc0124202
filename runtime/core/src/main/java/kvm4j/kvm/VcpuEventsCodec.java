package kvm4j.kvm;

import kvm4j.bindings.kvm.kvm_vcpu_events;
import kvm4j.x86.VcpuEvents;

import java.lang.foreign.MemorySegment;

/** {@code struct kvm_vcpu_events}. */
final class VcpuEventsCodec {

    private VcpuEventsCodec() {}

    static VcpuEvents load(MemorySegment source) {
        MemorySegment exception = kvm_vcpu_events.exception(source);
        MemorySegment interrupt = kvm_vcpu_events.interrupt(source);
        MemorySegment nmi = kvm_vcpu_events.nmi(source);
        MemorySegment smi = kvm_vcpu_events.smi(source);
        return new VcpuEvents(
                new VcpuEvents.GuestException(
                        kvm_vcpu_events.exception.injected(exception) != 0,
                        kvm_vcpu_events.exception.pending(exception) != 0,
                        Byte.toUnsignedInt(kvm_vcpu_events.exception.nr(exception)),
                        kvm_vcpu_events.exception.has_error_code(exception) != 0,
                        kvm_vcpu_events.exception.error_code(exception),
                        kvm_vcpu_events.exception_has_payload(source) != 0,
                        kvm_vcpu_events.exception_payload(source)),
                new VcpuEvents.Interrupt(
                        kvm_vcpu_events.interrupt.injected(interrupt) != 0,
                        Byte.toUnsignedInt(kvm_vcpu_events.interrupt.nr(interrupt)),
                        kvm_vcpu_events.interrupt.soft(interrupt) != 0,
                        kvm_vcpu_events.interrupt.shadow(interrupt)),
                new VcpuEvents.Nmi(
                        kvm_vcpu_events.nmi.injected(nmi) != 0,
                        kvm_vcpu_events.nmi.pending(nmi),
                        kvm_vcpu_events.nmi.masked(nmi) != 0),
                kvm_vcpu_events.sipi_vector(source),
                new VcpuEvents.Smi(
                        kvm_vcpu_events.smi.smm(smi) != 0,
                        kvm_vcpu_events.smi.pending(smi) != 0,
                        kvm_vcpu_events.smi.smm_inside_nmi(smi) != 0,
                        kvm_vcpu_events.smi.latched_init(smi) != 0),
                kvm_vcpu_events.triple_fault.pending(kvm_vcpu_events.triple_fault(source)) != 0,
                kvm_vcpu_events.flags(source));
    }

    static void store(VcpuEvents events, MemorySegment target) {
        MemorySegment targetException = kvm_vcpu_events.exception(target);
        kvm_vcpu_events.exception.injected(targetException, bit(events.exception().injected()));
        kvm_vcpu_events.exception.pending(targetException, bit(events.exception().pending()));
        kvm_vcpu_events.exception.nr(targetException, (byte) events.exception().vector());
        kvm_vcpu_events.exception.has_error_code(
                targetException, bit(events.exception().hasErrorCode()));
        kvm_vcpu_events.exception.error_code(targetException, events.exception().errorCode());
        kvm_vcpu_events.exception_has_payload(target, bit(events.exception().hasPayload()));
        kvm_vcpu_events.exception_payload(target, events.exception().payload());
        MemorySegment targetInterrupt = kvm_vcpu_events.interrupt(target);
        kvm_vcpu_events.interrupt.injected(targetInterrupt, bit(events.interrupt().injected()));
        kvm_vcpu_events.interrupt.nr(targetInterrupt, (byte) events.interrupt().vector());
        kvm_vcpu_events.interrupt.soft(targetInterrupt, bit(events.interrupt().software()));
        kvm_vcpu_events.interrupt.shadow(targetInterrupt, (byte) events.interrupt().shadow());
        MemorySegment targetNmi = kvm_vcpu_events.nmi(target);
        kvm_vcpu_events.nmi.injected(targetNmi, bit(events.nmi().injected()));
        kvm_vcpu_events.nmi.pending(targetNmi, (byte) events.nmi().pending());
        kvm_vcpu_events.nmi.masked(targetNmi, bit(events.nmi().masked()));
        kvm_vcpu_events.sipi_vector(target, events.sipiVector());
        MemorySegment targetSmi = kvm_vcpu_events.smi(target);
        kvm_vcpu_events.smi.smm(targetSmi, bit(events.smi().inSmm()));
        kvm_vcpu_events.smi.pending(targetSmi, bit(events.smi().pending()));
        kvm_vcpu_events.smi.smm_inside_nmi(targetSmi, bit(events.smi().insideNmi()));
        kvm_vcpu_events.smi.latched_init(targetSmi, bit(events.smi().latchedInit()));
        kvm_vcpu_events.triple_fault.pending(
                kvm_vcpu_events.triple_fault(target), bit(events.tripleFault()));
        kvm_vcpu_events.flags(target, events.flags());
    }

    private static byte bit(boolean flag) {
        return (byte) (flag ? 1 : 0);
    }
}
