package kvm4j.machine;

/** Where a machine's interrupt controllers are. */
public enum IrqchipMode {
    /**
     * There are none. Nothing interrupts the guest, so HLT ends the machine ({@link
     * Outcome.Halted}), and there can be one processor only, as nothing could start others.
     */
    NONE,

    /**
     * In the kernel: two 8259A PICs, an I/O APIC, an 8254 timer, and a local APIC in each processor
     * ({@code KVM_CREATE_IRQCHIP}, {@code KVM_CREATE_PIT2}). HLT waits for an interrupt.
     */
    KERNEL,

    /**
     * Local APICs in the kernel, the I/O APIC in user space ({@code KVM_CAP_SPLIT_IRQCHIP}); no
     * 8259A and no 8254. For kernels that use local APICs and their timers. HLT waits for an
     * interrupt.
     */
    SPLIT
}
