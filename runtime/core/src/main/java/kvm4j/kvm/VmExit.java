package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_debug_exit_arch;
import kvm4j.bindings.kvm.kvm_exit_snp_req_certs;
import kvm4j.bindings.kvm.kvm_hyperv_exit;
import kvm4j.bindings.kvm.kvm_run;
import kvm4j.bindings.kvm.kvm_xen_exit;
import kvm4j.kvm.memory.DirtyRing;
import kvm4j.kvm.msr.MsrExitReason;
import kvm4j.x86.Bytes;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

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
        MemorySegment run = page.page();
        return switch (reason) {
            case UNKNOWN ->
                    new UnknownHardwareExit(kvm_run.hw.hardware_exit_reason(kvm_run.hw(run)));
            case EXCEPTION ->
                    new GuestException(
                            kvm_run.ex.exception(kvm_run.ex(run)),
                            kvm_run.ex.error_code(kvm_run.ex(run)));
            case IO -> port(page);
            case HYPERCALL -> hypercall(kvm_run.hypercall(run));
            case DEBUG -> debug(kvm_run.debug.arch(kvm_run.debug(run)));
            case HLT -> new Halt();
            case MMIO ->
                    page.mmioIsWrite()
                            ? new MmioWrite(page.mmioAddress(), page.mmioLength(), page.mmioValue())
                            : new MmioRead(page.mmioAddress(), page.mmioLength());
            case IRQ_WINDOW_OPEN -> new InterruptWindowOpen();
            case SHUTDOWN -> new Shutdown();
            case FAIL_ENTRY ->
                    new FailEntry(
                            kvm_run.fail_entry.hardware_entry_failure_reason(
                                    kvm_run.fail_entry(run)),
                            kvm_run.fail_entry.cpu(kvm_run.fail_entry(run)));
            case INTR -> new Interrupted();
            case SET_TPR -> new TaskPrioritySet();
            case TPR_ACCESS ->
                    new TaskPriorityAccess(
                            kvm_run.tpr_access.rip(kvm_run.tpr_access(run)),
                            kvm_run.tpr_access.is_write(kvm_run.tpr_access(run)) != 0);
            case NMI -> new NonMaskableInterrupt();
            case INTERNAL_ERROR -> internalError(run);
            case SYSTEM_EVENT -> systemEvent(kvm_run.system_event(run));
            case IOAPIC_EOI ->
                    new IoApicEndOfInterrupt(
                            Byte.toUnsignedInt(kvm_run.eoi.vector(kvm_run.eoi(run))));
            case HYPERV -> hyperv(kvm_run.hyperv(run), page.exitCode());
            case X86_RDMSR -> new MsrRead(page.msrIndex(), msrReasons(run));
            case X86_WRMSR -> new MsrWrite(page.msrIndex(), page.msrValue(), msrReasons(run));
            case DIRTY_RING_FULL -> new DirtyRingFull();
            case AP_RESET_HOLD -> new ApResetHold();
            case X86_BUS_LOCK -> new BusLock();
            case XEN -> xen(kvm_xen_exit.u.hcall(kvm_xen_exit.u(kvm_run.xen(run))));
            case NOTIFY ->
                    new Notify(
                            (kvm_run.notify.flags(kvm_run.notify(run))
                                            & KvmUapi.KVM_NOTIFY_CONTEXT_INVALID())
                                    == 0);
            case MEMORY_FAULT -> memoryFault(kvm_run.memory_fault(run));
            case TDX -> new TdxCall(kvm_run.tdx.nr(kvm_run.tdx(run)));
            case SNP_REQ_CERTS ->
                    new SnpCertificates(
                            kvm_exit_snp_req_certs.gpa(kvm_run.snp_req_certs(run)),
                            kvm_exit_snp_req_certs.npages(kvm_run.snp_req_certs(run)));
            case UNRECOGNISED -> new Unrecognised(page.exitCode());
        };
    }

    private static VmExit port(KvmRun page) {
        if (!page.ioIsOut()) {
            return new PortIn(page.ioPort(), page.ioSize(), page.ioCount());
        }
        List<Long> values = IntStream.range(0, page.ioCount()).mapToObj(page::ioValue).toList();
        return new PortOut(page.ioPort(), page.ioSize(), values);
    }

    private static VmExit hypercall(MemorySegment call) {
        long flags = kvm_run.hypercall.flags(call);
        return new Hypercall(
                kvm_run.hypercall.nr(call),
                words(kvm_run.hypercall.args(call)),
                (flags & KvmUapi.KVM_EXIT_HYPERCALL_LONG_MODE()) != 0);
    }

    private static VmExit debug(MemorySegment arch) {
        return new Debug(
                kvm_debug_exit_arch.exception(arch),
                kvm_debug_exit_arch.pc(arch),
                kvm_debug_exit_arch.dr6(arch),
                kvm_debug_exit_arch.dr7(arch));
    }

    private static VmExit internalError(MemorySegment run) {
        MemorySegment internal = kvm_run.internal(run);
        InternalError.Kind kind = InternalError.Kind.of(kvm_run.internal.suberror(internal));
        List<Long> data = words(kvm_run.internal.data(internal), kvm_run.internal.ndata(internal));
        return new InternalError(
                kind,
                data,
                kind == InternalError.Kind.EMULATION && !data.isEmpty()
                        ? instruction(kvm_run.emulation_failure(run))
                        : Bytes.of());
    }

    private static Bytes instruction(MemorySegment failure) {
        long flags = kvm_run.emulation_failure.flags(failure);
        if ((flags & KvmUapi.KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES()) == 0) {
            return Bytes.of();
        }
        MemorySegment bytes = kvm_run.emulation_failure.insn_bytes(failure);
        long size = Byte.toUnsignedLong(kvm_run.emulation_failure.insn_size(failure));
        return Bytes.copyOf(bytes.asSlice(0, Math.min(size, bytes.byteSize())));
    }

    private static VmExit systemEvent(MemorySegment event) {
        return new SystemEvent(
                SystemEvent.Kind.of(kvm_run.system_event.type(event)),
                words(kvm_run.system_event.data(event), kvm_run.system_event.ndata(event)));
    }

    private static VmExit hyperv(MemorySegment exit, int code) {
        int type = kvm_hyperv_exit.type(exit);
        MemorySegment u = kvm_hyperv_exit.u(exit);
        if (type == KvmUapi.KVM_EXIT_HYPERV_SYNIC()) {
            MemorySegment synic = kvm_hyperv_exit.u.synic(u);
            return new HypervSynic(
                    kvm_hyperv_exit.u.synic.msr(synic),
                    kvm_hyperv_exit.u.synic.control(synic),
                    kvm_hyperv_exit.u.synic.evt_page(synic),
                    kvm_hyperv_exit.u.synic.msg_page(synic));
        }
        if (type == KvmUapi.KVM_EXIT_HYPERV_HCALL()) {
            MemorySegment call = kvm_hyperv_exit.u.hcall(u);
            return new HypervHypercall(
                    kvm_hyperv_exit.u.hcall.input(call),
                    words(kvm_hyperv_exit.u.hcall.params(call)));
        }
        if (type == KvmUapi.KVM_EXIT_HYPERV_SYNDBG()) {
            MemorySegment debugger = kvm_hyperv_exit.u.syndbg(u);
            return new HypervDebugger(
                    kvm_hyperv_exit.u.syndbg.msr(debugger),
                    kvm_hyperv_exit.u.syndbg.control(debugger),
                    kvm_hyperv_exit.u.syndbg.status(debugger),
                    kvm_hyperv_exit.u.syndbg.send_page(debugger),
                    kvm_hyperv_exit.u.syndbg.recv_page(debugger),
                    kvm_hyperv_exit.u.syndbg.pending_page(debugger));
        }
        return new Unrecognised(code);
    }

    private static Set<MsrExitReason> msrReasons(MemorySegment run) {
        return MsrExitReason.of(kvm_run.msr.reason(kvm_run.msr(run)));
    }

    private static VmExit xen(MemorySegment call) {
        return new XenHypercall(
                kvm_xen_exit.u.hcall.input(call),
                words(kvm_xen_exit.u.hcall.params(call)),
                kvm_xen_exit.u.hcall.cpl(call),
                kvm_xen_exit.u.hcall.longmode(call) != 0);
    }

    private static VmExit memoryFault(MemorySegment fault) {
        long flags = kvm_run.memory_fault.flags(fault);
        return new MemoryFault(
                kvm_run.memory_fault.gpa(fault),
                kvm_run.memory_fault.size(fault),
                (flags & KvmUapi.KVM_MEMORY_EXIT_FLAG_PRIVATE()) != 0);
    }

    private static List<Long> words(MemorySegment array) {
        return LongStream.of(array.toArray(ValueLayout.JAVA_LONG)).boxed().toList();
    }

    private static List<Long> words(MemorySegment array, int count) {
        List<Long> all = words(array);
        return all.subList(0, Math.clamp(count, 0, all.size()));
    }
}
