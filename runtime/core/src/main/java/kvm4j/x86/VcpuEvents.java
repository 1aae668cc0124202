package kvm4j.x86;

/**
 * What a vCPU is about to take, and what holds it back.
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
    public static final int NMI_PENDING_VALID = 1 << 0;

    /** Says that {@link #sipiVector()} counts. */
    public static final int SIPI_VECTOR_VALID = 1 << 1;

    /** Says that {@link Interrupt#shadow()} counts. */
    public static final int SHADOW_VALID = 1 << 2;

    /** Says that {@link #smi()} counts. */
    public static final int SMM_VALID = 1 << 3;

    /** Says that {@link GuestException#payload()} counts. */
    public static final int PAYLOAD_VALID = 1 << 4;

    /** Says that {@link #tripleFault()} counts. */
    public static final int TRIPLE_FAULT_VALID = 1 << 5;

    /**
     * An exception.
     *
     * @param injected whether it is being delivered
     * @param pending whether it is still to be delivered; needs {@link
     *     kvm4j.kvm.Capability#EXCEPTION_PAYLOAD}
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
}
