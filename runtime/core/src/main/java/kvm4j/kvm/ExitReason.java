package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;

import java.util.Arrays;

/**
 * Why {@code KVM_RUN} returned: the {@code exit_reason} of {@code struct kvm_run}, the part that
 * x86 hosts use.
 *
 * <p>The hardware's own exit reason (the VMCS field, or the VMCB's exit code) is behind it: {@link
 * #IO} is VMX's {@code IO_INSTRUCTION} or SVM's {@code VMEXIT_IOIO}. Most hardware exits never show
 * here, because the kernel handles them and enters the guest again.
 */
public enum ExitReason {
    /** The hardware gave a reason that KVM does not know. */
    UNKNOWN(KvmUapi.KVM_EXIT_UNKNOWN()),
    /** An exception that KVM passes on; not used by today's kernels. */
    EXCEPTION(KvmUapi.KVM_EXIT_EXCEPTION()),
    /** The guest executed an IN, OUT, INS or OUTS that no device in the kernel takes. */
    IO(KvmUapi.KVM_EXIT_IO()),
    /** The guest made a hypercall that user space asked to see. */
    HYPERCALL(KvmUapi.KVM_EXIT_HYPERCALL()),
    /** A breakpoint or single step, with guest debugging on. */
    DEBUG(KvmUapi.KVM_EXIT_DEBUG()),
    /** The guest executed HLT, and the VM has no in-kernel irqchip to wait in. */
    HLT(KvmUapi.KVM_EXIT_HLT()),
    /** The guest accessed guest-physical memory where no memory slot is. */
    MMIO(KvmUapi.KVM_EXIT_MMIO()),
    /** The guest can take an interrupt now, as {@code request_interrupt_window} asked to know. */
    IRQ_WINDOW_OPEN(KvmUapi.KVM_EXIT_IRQ_WINDOW_OPEN()),
    /** The guest shut the processor down: a triple fault, most often. */
    SHUTDOWN(KvmUapi.KVM_EXIT_SHUTDOWN()),
    /** The hardware refused to enter the guest: its state is not valid. */
    FAIL_ENTRY(KvmUapi.KVM_EXIT_FAIL_ENTRY()),
    /** A signal or {@code immediate_exit} ended the run; the guest did nothing of note. */
    INTR(KvmUapi.KVM_EXIT_INTR()),
    /** The guest set the task priority, with the local APIC in user space. */
    SET_TPR(KvmUapi.KVM_EXIT_SET_TPR()),
    /** The guest accessed the task priority register, and user space asked to be told. */
    TPR_ACCESS(KvmUapi.KVM_EXIT_TPR_ACCESS()),
    /** A non-maskable interrupt; not used by today's kernels. */
    NMI(KvmUapi.KVM_EXIT_NMI()),
    /** KVM cannot go on, most often because it cannot emulate an instruction. */
    INTERNAL_ERROR(KvmUapi.KVM_EXIT_INTERNAL_ERROR()),
    /** The guest asks for a reset or to be switched off, in a way that KVM understands. */
    SYSTEM_EVENT(KvmUapi.KVM_EXIT_SYSTEM_EVENT()),
    /** The guest acknowledged a level interrupt of an I/O APIC that is in user space. */
    IOAPIC_EOI(KvmUapi.KVM_EXIT_IOAPIC_EOI()),
    /** A Hyper-V event that user space handles. */
    HYPERV(KvmUapi.KVM_EXIT_HYPERV()),
    /** The guest read an MSR that user space handles. */
    X86_RDMSR(KvmUapi.KVM_EXIT_X86_RDMSR()),
    /** The guest wrote an MSR that user space handles. */
    X86_WRMSR(KvmUapi.KVM_EXIT_X86_WRMSR()),
    /** The ring of dirty pages has to be collected before the guest goes on. */
    DIRTY_RING_FULL(KvmUapi.KVM_EXIT_DIRTY_RING_FULL()),
    /** An SEV-ES guest's processor waits for its start-up interrupt. */
    AP_RESET_HOLD(KvmUapi.KVM_EXIT_AP_RESET_HOLD()),
    /** The guest locked the bus, with the detection of it on. */
    X86_BUS_LOCK(KvmUapi.KVM_EXIT_X86_BUS_LOCK()),
    /** A Xen hypercall or event. */
    XEN(KvmUapi.KVM_EXIT_XEN()),
    /** The guest held off events for longer than the notify window. */
    NOTIFY(KvmUapi.KVM_EXIT_NOTIFY()),
    /** The guest accessed memory whose attributes or backing do not allow it. */
    MEMORY_FAULT(KvmUapi.KVM_EXIT_MEMORY_FAULT()),
    /** A TDX guest's call to its virtual machine monitor. */
    TDX(KvmUapi.KVM_EXIT_TDX()),
    /** An SEV-SNP guest asks for certificates. */
    SNP_REQ_CERTS(KvmUapi.KVM_EXIT_SNP_REQ_CERTS()),
    /** A reason that this version of kvm4j has no name for; {@link KvmRun#exitCode()} has it. */
    UNRECOGNISED(-1);

    private static final ExitReason[] BY_CODE = new ExitReason[64];

    static {
        Arrays.fill(BY_CODE, UNRECOGNISED);
        for (ExitReason reason : values()) {
            if (reason != UNRECOGNISED) {
                BY_CODE[reason.code] = reason;
            }
        }
    }

    private final int code;

    ExitReason(int code) {
        this.code = code;
    }

    /**
     * The number in the kernel's interface, {@code KVM_EXIT_*}.
     *
     * @return the number, -1 for {@link #UNRECOGNISED}
     */
    public int code() {
        return code;
    }

    /**
     * The reason with a number.
     *
     * @param code a number of the kernel's interface
     * @return the reason, {@link #UNRECOGNISED} for a number without a name
     */
    public static ExitReason of(int code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : UNRECOGNISED;
    }
}
