package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_vcpu_events;

import java.lang.foreign.MemorySegment;

/**
 * What a vCPU is about to take, and what holds it back: {@code struct kvm_vcpu_events}.
 *
 * @param exception an exception
 * @param interrupt an external interrupt
 * @param nmi a non-maskable interrupt
 * @param sipiVector the start-up vector that an INIT is followed by
 * @param smi system management mode
 * @param tripleFault whether a triple fault is pending
 * @param flags which of the parts the kernel knows, and which it takes over: {@code
 *     KVM_VCPUEVENT_VALID_*}
 */
public record VcpuEvents(
        GuestException exception,
        Interrupt interrupt,
        Nmi nmi,
        int sipiVector,
        Smi smi,
        boolean tripleFault,
        int flags) {

    /** Says that {@link Nmi#pending()} counts. */
    public static final int NMI_PENDING_VALID = KvmUapi.KVM_VCPUEVENT_VALID_NMI_PENDING();

    /** Says that {@link #sipiVector()} counts. */
    public static final int SIPI_VECTOR_VALID = KvmUapi.KVM_VCPUEVENT_VALID_SIPI_VECTOR();

    /** Says that {@link Interrupt#shadow()} counts. */
    public static final int SHADOW_VALID = KvmUapi.KVM_VCPUEVENT_VALID_SHADOW();

    /** Says that {@link #smi()} counts. */
    public static final int SMM_VALID = KvmUapi.KVM_VCPUEVENT_VALID_SMM();

    /** Says that {@link GuestException#payload()} counts. */
    public static final int PAYLOAD_VALID = KvmUapi.KVM_VCPUEVENT_VALID_PAYLOAD();

    /** Says that {@link #tripleFault()} counts. */
    public static final int TRIPLE_FAULT_VALID = KvmUapi.KVM_VCPUEVENT_VALID_TRIPLE_FAULT();

    /**
     * An exception.
     *
     * @param injected whether it is being delivered
     * @param pending whether it is still to be delivered; needs {@link
     *     Capability#EXCEPTION_PAYLOAD}
     * @param vector its vector
     * @param hasErrorCode whether it has an error code
     * @param errorCode the error code
     * @param hasPayload whether it comes with CR2 or DR6
     * @param payload CR2 or DR6
     */
    public record GuestException(
            boolean injected,
            boolean pending,
            int vector,
            boolean hasErrorCode,
            int errorCode,
            boolean hasPayload,
            long payload) {}

    /**
     * An external interrupt.
     *
     * @param injected whether one is being delivered
     * @param vector its vector
     * @param software whether INT n raised it
     * @param shadow what holds interrupts back for one instruction: bit 0 for MOV SS, bit 1 for
     *     STI; AMD's hardware does not tell them apart, and shows both
     */
    public record Interrupt(boolean injected, int vector, boolean software, int shadow) {}

    /**
     * A non-maskable interrupt.
     *
     * @param injected whether one is being delivered
     * @param pending how many are still to be delivered: 0, 1 or 2
     * @param masked whether they are held back, until IRET
     */
    public record Nmi(boolean injected, int pending, boolean masked) {}

    /**
     * System management mode.
     *
     * @param inSmm whether the processor is in it
     * @param pending whether an interrupt into it is pending
     * @param insideNmi whether it interrupted an NMI handler
     * @param latchedInit whether an INIT waits for the end of it
     */
    public record Smi(boolean inSmm, boolean pending, boolean insideNmi, boolean latchedInit) {}

    /**
     * These events with another interrupt shadow.
     *
     * @param shadow bit 0 for MOV SS, bit 1 for STI
     * @return a copy, with {@link #SHADOW_VALID}
     */
    public VcpuEvents withShadow(int shadow) {
        return new VcpuEvents(
                exception,
                new Interrupt(interrupt.injected, interrupt.vector, interrupt.software, shadow),
                nmi,
                sipiVector,
                smi,
                tripleFault,
                flags | SHADOW_VALID);
    }

    /**
     * These events with another start-up vector.
     *
     * @param vector the vector
     * @return a copy, with {@link #SIPI_VECTOR_VALID}
     */
    public VcpuEvents withSipiVector(int vector) {
        return new VcpuEvents(
                exception, interrupt, nmi, vector, smi, tripleFault, flags | SIPI_VECTOR_VALID);
    }

    static VcpuEvents load(MemorySegment source) {
        MemorySegment exception = kvm_vcpu_events.exception(source);
        MemorySegment interrupt = kvm_vcpu_events.interrupt(source);
        MemorySegment nmi = kvm_vcpu_events.nmi(source);
        MemorySegment smi = kvm_vcpu_events.smi(source);
        return new VcpuEvents(
                new GuestException(
                        kvm_vcpu_events.exception.injected(exception) != 0,
                        kvm_vcpu_events.exception.pending(exception) != 0,
                        Byte.toUnsignedInt(kvm_vcpu_events.exception.nr(exception)),
                        kvm_vcpu_events.exception.has_error_code(exception) != 0,
                        kvm_vcpu_events.exception.error_code(exception),
                        kvm_vcpu_events.exception_has_payload(source) != 0,
                        kvm_vcpu_events.exception_payload(source)),
                new Interrupt(
                        kvm_vcpu_events.interrupt.injected(interrupt) != 0,
                        Byte.toUnsignedInt(kvm_vcpu_events.interrupt.nr(interrupt)),
                        kvm_vcpu_events.interrupt.soft(interrupt) != 0,
                        kvm_vcpu_events.interrupt.shadow(interrupt)),
                new Nmi(
                        kvm_vcpu_events.nmi.injected(nmi) != 0,
                        kvm_vcpu_events.nmi.pending(nmi),
                        kvm_vcpu_events.nmi.masked(nmi) != 0),
                kvm_vcpu_events.sipi_vector(source),
                new Smi(
                        kvm_vcpu_events.smi.smm(smi) != 0,
                        kvm_vcpu_events.smi.pending(smi) != 0,
                        kvm_vcpu_events.smi.smm_inside_nmi(smi) != 0,
                        kvm_vcpu_events.smi.latched_init(smi) != 0),
                kvm_vcpu_events.triple_fault.pending(kvm_vcpu_events.triple_fault(source)) != 0,
                kvm_vcpu_events.flags(source));
    }

    void store(MemorySegment target) {
        MemorySegment targetException = kvm_vcpu_events.exception(target);
        kvm_vcpu_events.exception.injected(targetException, bit(exception.injected));
        kvm_vcpu_events.exception.pending(targetException, bit(exception.pending));
        kvm_vcpu_events.exception.nr(targetException, (byte) exception.vector);
        kvm_vcpu_events.exception.has_error_code(targetException, bit(exception.hasErrorCode));
        kvm_vcpu_events.exception.error_code(targetException, exception.errorCode);
        kvm_vcpu_events.exception_has_payload(target, bit(exception.hasPayload));
        kvm_vcpu_events.exception_payload(target, exception.payload);
        MemorySegment targetInterrupt = kvm_vcpu_events.interrupt(target);
        kvm_vcpu_events.interrupt.injected(targetInterrupt, bit(interrupt.injected));
        kvm_vcpu_events.interrupt.nr(targetInterrupt, (byte) interrupt.vector);
        kvm_vcpu_events.interrupt.soft(targetInterrupt, bit(interrupt.software));
        kvm_vcpu_events.interrupt.shadow(targetInterrupt, (byte) interrupt.shadow);
        MemorySegment targetNmi = kvm_vcpu_events.nmi(target);
        kvm_vcpu_events.nmi.injected(targetNmi, bit(nmi.injected));
        kvm_vcpu_events.nmi.pending(targetNmi, (byte) nmi.pending);
        kvm_vcpu_events.nmi.masked(targetNmi, bit(nmi.masked));
        kvm_vcpu_events.sipi_vector(target, sipiVector);
        MemorySegment targetSmi = kvm_vcpu_events.smi(target);
        kvm_vcpu_events.smi.smm(targetSmi, bit(smi.inSmm));
        kvm_vcpu_events.smi.pending(targetSmi, bit(smi.pending));
        kvm_vcpu_events.smi.smm_inside_nmi(targetSmi, bit(smi.insideNmi));
        kvm_vcpu_events.smi.latched_init(targetSmi, bit(smi.latchedInit));
        kvm_vcpu_events.triple_fault.pending(
                kvm_vcpu_events.triple_fault(target), bit(tripleFault));
        kvm_vcpu_events.flags(target, flags);
    }

    private static byte bit(boolean flag) {
        return (byte) (flag ? 1 : 0);
    }
}
