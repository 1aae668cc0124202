package kvm4j.benchmarks.kind;

import java.util.Locale;

/** What the host arranges before a guest runs. */
public enum Arrangement {
    /** Nothing. */
    NONE,
    /** Every instruction is followed by an exit: {@code KVM_SET_GUEST_DEBUG}. */
    SINGLE_STEP,
    /**
     * Accesses to MSR 0 are for user space: {@code KVM_CAP_X86_USER_SPACE_MSR} and {@code
     * KVM_X86_SET_MSR_FILTER}.
     */
    MSR_FILTER,
    /** The kernel has the interrupt controllers: {@code KVM_CREATE_IRQCHIP}. */
    IRQCHIP,
    /** Writes to a port signal an eventfd: {@code KVM_IOEVENTFD}. */
    DOORBELL;

    /** The port of {@link #DOORBELL}, which no device of a machine has. */
    public static final int DOORBELL_PORT = 0x3e0;

    /** {@return its name, such as {@code single-step}} */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
