package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.kvm.memory.DirtyRing;
import kvm4j.kvm.msr.MsrExitReason;
import kvm4j.x86.Bytes;

import java.util.List;
import java.util.Set;

/**
 * An exit as a value to match on: what {@code struct kvm_run} says of it, copied; KVM API, section
 * 5. Answers go where they always do, to {@link KvmRun}.
 *
 * <p>Made for diagnosis, tests and loops that need not be fast: it allocates. A loop that counts
 * nanoseconds switches on the {@link ExitReason} and reads {@link KvmRun} in place.
 *
 * {@snippet :
 * switch (VmExit.of(vcpu.run(), vcpu.exit())) {
 *     case VmExit.PortOut(int port, int size, var values) -> console.print(values);
 *     case VmExit.MmioRead(long address, int length) -> vcpu.exit().setMmioValue(0);
 *     case VmExit.Halt() -> System.out.println("halted");
 *     case VmExit other -> throw new IllegalStateException(other.toString());
 * }
 * }
 */
public sealed interface VmExit {

    /**
     * The hardware gave a reason that KVM does not know: {@code KVM_EXIT_UNKNOWN}.
     *
     * @param hardwareReason the VMCS exit reason or VMCB exit code
     */
    record UnknownHardwareExit(long hardwareReason) implements VmExit {}

    /**
     * An exception that KVM passes on: {@code KVM_EXIT_EXCEPTION}.
     *
     * @param vector its vector
     * @param errorCode its error code
     */
    record GuestException(int vector, int errorCode) implements VmExit {}

    /**
     * The guest reads a port: {@code KVM_EXIT_IO}. Answer with {@link KvmRun#setIoValue}.
     *
     * @param port the port
     * @param size bytes in an element: 1, 2 or 4
     * @param count how many elements, more than 1 for INS
     */
    record PortIn(int port, int size, int count) implements VmExit {}

    /**
     * The guest writes a port: {@code KVM_EXIT_IO}.
     *
     * @param port the port
     * @param size bytes in an element: 1, 2 or 4
     * @param values the elements, more than one for OUTS, unsigned
     */
    record PortOut(int port, int size, List<Long> values) implements VmExit {}

    /**
     * The guest made a hypercall: {@code KVM_EXIT_HYPERCALL}. Answer with {@link
     * KvmRun#setHypercallResult}.
     *
     * @param number RAX
     * @param arguments the six arguments
     * @param longMode whether it came from 64-bit code
     */
    record Hypercall(long number, List<Long> arguments, boolean longMode) implements VmExit {}

    /**
     * A breakpoint or single step: {@code KVM_EXIT_DEBUG}.
     *
     * @param vector 1 for a debug exception, 3 for a breakpoint instruction
     * @param pc the linear address of the instruction
     * @param dr6 why, for a debug exception
     * @param dr7 the debug control register
     */
    record Debug(int vector, long pc, long dr6, long dr7) implements VmExit {}

    /** The guest executed HLT: {@code KVM_EXIT_HLT}. */
    record Halt() implements VmExit {}

    /**
     * The guest reads where no memory is: {@code KVM_EXIT_MMIO}. Answer with {@link
     * KvmRun#setMmioValue}.
     *
     * @param address the guest-physical address
     * @param length from 1 to 8 bytes
     */
    record MmioRead(long address, int length) implements VmExit {}

    /**
     * The guest writes where no memory is, or none that it may write: {@code KVM_EXIT_MMIO}.
     *
     * @param address the guest-physical address
     * @param length from 1 to 8 bytes
     * @param value what it writes, little-endian, unsigned
     */
    record MmioWrite(long address, int length, long value) implements VmExit {}

    /** The guest can take an interrupt: {@code KVM_EXIT_IRQ_WINDOW_OPEN}. */
    record InterruptWindowOpen() implements VmExit {}

    /** A triple fault, most often: {@code KVM_EXIT_SHUTDOWN}. */
    record Shutdown() implements VmExit {}

    /**
     * The hardware refused to enter the guest: {@code KVM_EXIT_FAIL_ENTRY}.
     *
     * @param hardwareReason the VMCS exit reason or VMCB exit code
     * @param cpu the host's CPU that it happened on
     */
    record FailEntry(long hardwareReason, int cpu) implements VmExit {}

    /** A signal or an immediate exit ended the run: {@code KVM_EXIT_INTR}. */
    record Interrupted() implements VmExit {}

    /** The guest set the task priority, {@link KvmRun#cr8()}: {@code KVM_EXIT_SET_TPR}. */
    record TaskPrioritySet() implements VmExit {}

    /**
     * The guest accessed the task priority register of a local APIC that reports it: {@code
     * KVM_EXIT_TPR_ACCESS}.
     *
     * @param rip the instruction that did
     * @param isWrite whether it was a write
     */
    record TaskPriorityAccess(long rip, boolean isWrite) implements VmExit {}

    /** A non-maskable interrupt: {@code KVM_EXIT_NMI}. */
    record NonMaskableInterrupt() implements VmExit {}

    /**
     * KVM cannot go on: {@code KVM_EXIT_INTERNAL_ERROR}.
     *
     * @param kind what went wrong
     * @param data what the kernel says of it, different for each kind
     * @param instruction the bytes that could not be emulated, empty if the kernel does not say
     */
    record InternalError(Kind kind, List<Long> data, Bytes instruction) implements VmExit {

        /** What went wrong: {@code KVM_INTERNAL_ERROR_*}. */
        public enum Kind {
            /** An instruction could not be emulated. */
            EMULATION(KvmUapi.KVM_INTERNAL_ERROR_EMULATION()),
            /** Two exceptions at once. */
            SIMULTANEOUS_EXCEPTIONS(KvmUapi.KVM_INTERNAL_ERROR_SIMUL_EX()),
            /** An exit while an event was being delivered to the guest. */
            DELIVERY_OF_EVENT(KvmUapi.KVM_INTERNAL_ERROR_DELIVERY_EV()),
            /** The hardware gave a reason that cannot be; the first word of the data is it. */
            UNEXPECTED_EXIT_REASON(KvmUapi.KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON()),
            /** A kind that this version of kvm4j has no name for. */
            UNRECOGNISED(-1);

            private final int code;

            Kind(int code) {
                this.code = code;
            }

            static Kind of(int code) {
                for (Kind kind : values()) {
                    if (kind.code == code) {
                        return kind;
                    }
                }
                return UNRECOGNISED;
            }
        }
    }

    /**
     * The guest asks for a reset or to be switched off: {@code KVM_EXIT_SYSTEM_EVENT}.
     *
     * @param kind what it asks for
     * @param data what the kernel says of it, different for each kind
     */
    record SystemEvent(Kind kind, List<Long> data) implements VmExit {

        /** What the guest asks for: {@code KVM_SYSTEM_EVENT_*}. */
        public enum Kind {
            /** To be switched off. */
            SHUTDOWN(KvmUapi.KVM_SYSTEM_EVENT_SHUTDOWN()),
            /** To be reset. */
            RESET(KvmUapi.KVM_SYSTEM_EVENT_RESET()),
            /** Nothing any more: it crashed. */
            CRASH(KvmUapi.KVM_SYSTEM_EVENT_CRASH()),
            /** To be woken. */
            WAKEUP(KvmUapi.KVM_SYSTEM_EVENT_WAKEUP()),
            /** To sleep. */
            SUSPEND(KvmUapi.KVM_SYSTEM_EVENT_SUSPEND()),
            /** To be ended: an SEV guest. */
            SEV_TERMINATE(KvmUapi.KVM_SYSTEM_EVENT_SEV_TERM()),
            /** To be ended: a TDX guest. */
            TDX_FATAL(KvmUapi.KVM_SYSTEM_EVENT_TDX_FATAL()),
            /** Something that this version of kvm4j has no name for. */
            UNRECOGNISED(-1);

            private final int code;

            Kind(int code) {
                this.code = code;
            }

            static Kind of(int code) {
                for (Kind kind : values()) {
                    if (kind.code == code) {
                        return kind;
                    }
                }
                return UNRECOGNISED;
            }
        }
    }

    /**
     * The guest acknowledged an interrupt of an I/O APIC in user space: {@code
     * KVM_EXIT_IOAPIC_EOI}.
     *
     * @param vector the interrupt's vector
     */
    record IoApicEndOfInterrupt(int vector) implements VmExit {}

    /**
     * The guest changed Hyper-V's synthetic interrupt controller: {@code KVM_EXIT_HYPERV_SYNIC}.
     *
     * @param msr the MSR that it wrote
     * @param control the controller's control MSR
     * @param eventPage the MSR with the page of event flags
     * @param messagePage the MSR with the page of messages
     */
    record HypervSynic(int msr, long control, long eventPage, long messagePage) implements VmExit {}

    /**
     * The guest made a Hyper-V hypercall: {@code KVM_EXIT_HYPERV_HCALL}. Answer with {@link
     * KvmRun#setHypervResult}.
     *
     * @param input the call's code and flags
     * @param parameters its two parameters
     */
    record HypervHypercall(long input, List<Long> parameters) implements VmExit {}

    /**
     * The guest used Hyper-V's synthetic debugger: {@code KVM_EXIT_HYPERV_SYNDBG}.
     *
     * @param msr the MSR that it accessed
     * @param control the control MSR
     * @param status the status MSR
     * @param sendPage the page to send from
     * @param receivePage the page to receive into
     * @param pendingPage the page that says what is pending
     */
    record HypervDebugger(
            int msr, long control, long status, long sendPage, long receivePage, long pendingPage)
            implements VmExit {}

    /**
     * The guest reads an MSR: {@code KVM_EXIT_X86_RDMSR}. Answer with {@link KvmRun#setMsrValue} or
     * {@link KvmRun#refuseMsr()}.
     *
     * @param index the MSR
     * @param reasons why the kernel does not answer itself: one
     */
    record MsrRead(int index, Set<MsrExitReason> reasons) implements VmExit {}

    /**
     * The guest writes an MSR: {@code KVM_EXIT_X86_WRMSR}. To refuse: {@link KvmRun#refuseMsr()}.
     *
     * @param index the MSR
     * @param value what it writes
     * @param reasons why the kernel does not handle it itself: one
     */
    record MsrWrite(int index, long value, Set<MsrExitReason> reasons) implements VmExit {}

    /** The ring of dirty pages is full: {@code KVM_EXIT_DIRTY_RING_FULL}; see {@link DirtyRing}. */
    record DirtyRingFull() implements VmExit {}

    /** An SEV-ES processor waits for its start-up interrupt: {@code KVM_EXIT_AP_RESET_HOLD}. */
    record ApResetHold() implements VmExit {}

    /** The guest locked the bus: {@code KVM_EXIT_X86_BUS_LOCK}. */
    record BusLock() implements VmExit {}

    /**
     * The guest made a Xen hypercall: {@code KVM_EXIT_XEN}. Answer with {@link
     * KvmRun#setXenResult}.
     *
     * @param input the call's number
     * @param parameters its six parameters
     * @param privilege the guest's privilege level
     * @param longMode whether it came from 64-bit code
     */
    record XenHypercall(long input, List<Long> parameters, int privilege, boolean longMode)
            implements VmExit {}

    /**
     * The guest held off events for longer than the notify window: {@code KVM_EXIT_NOTIFY}.
     *
     * @param contextIsValid false if the guest cannot go on
     */
    record Notify(boolean contextIsValid) implements VmExit {}

    /**
     * The guest accessed memory that KVM cannot give it: {@code KVM_EXIT_MEMORY_FAULT}.
     *
     * @param address the guest-physical address
     * @param size in bytes
     * @param isPrivate whether the access was to private memory
     */
    record MemoryFault(long address, long size, boolean isPrivate) implements VmExit {}

    /**
     * A TDX guest's call: {@code KVM_EXIT_TDX}.
     *
     * @param number the call's number
     */
    record TdxCall(long number) implements VmExit {}

    /**
     * An SEV-SNP guest asks for certificates: {@code KVM_EXIT_SNP_REQ_CERTS}.
     *
     * @param address guest-physical address of the buffer for them
     * @param pages its size in pages of 4096 bytes
     */
    record SnpCertificates(long address, long pages) implements VmExit {}

    /**
     * An exit that this version of kvm4j has no name for.
     *
     * @param code the {@code KVM_EXIT_*}
     */
    record Unrecognised(int code) implements VmExit {}

    /**
     * The exit that a vCPU's page tells of.
     *
     * @param page the page, {@link Vcpu#exit()}
     * @return the exit
     * @throws IllegalStateException if the vCPU is closed
     */
    static VmExit of(KvmRun page) {
        return of(page.exitReason(), page);
    }

    /**
     * The exit that ended a run: {@code VmExit.of(vcpu.run(), vcpu.exit())}. A run that a signal
     * ended may leave the page as it was, so that what the run answered counts for more.
     *
     * @param reason what {@link Vcpu#run()} answered
     * @param page the page, {@link Vcpu#exit()}
     * @return the exit
     * @throws IllegalStateException if the vCPU is closed
     */
    static VmExit of(ExitReason reason, KvmRun page) {
        return VmExitCodec.load(reason, page);
    }
}
