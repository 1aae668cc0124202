package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_debug_exit_arch;
import kvm4j.bindings.kvm.kvm_exit_snp_req_certs;
import kvm4j.bindings.kvm.kvm_hyperv_exit;
import kvm4j.bindings.kvm.kvm_run;
import kvm4j.bindings.kvm.kvm_xen_exit;
import kvm4j.kvm.msr.MsrExitReason;
import kvm4j.x86.Bytes;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** {@code struct kvm_run} after an exit, as a value. */
final class VmExitCodec {

    private VmExitCodec() {}

    /**
     * Copies what the page says.
     *
     * @param reason why the run ended
     * @param page the vCPU's page
     */
    static VmExit load(ExitReason reason, KvmRun page) {
        MemorySegment run = page.page();
        return switch (reason) {
            case UNKNOWN ->
                    new VmExit.UnknownHardwareExit(
                            kvm_run.hw.hardware_exit_reason(kvm_run.hw(run)));
            case EXCEPTION -> exception(kvm_run.ex(run));
            case IO -> port(page);
            case HYPERCALL -> hypercall(kvm_run.hypercall(run));
            case DEBUG -> debug(kvm_run.debug.arch(kvm_run.debug(run)));
            case HLT -> new VmExit.Halt();
            case MMIO -> mmio(page);
            case IRQ_WINDOW_OPEN -> new VmExit.InterruptWindowOpen();
            case SHUTDOWN -> new VmExit.Shutdown();
            case FAIL_ENTRY -> failEntry(kvm_run.fail_entry(run));
            case INTR -> new VmExit.Interrupted();
            case SET_TPR -> new VmExit.TaskPrioritySet();
            case TPR_ACCESS -> taskPriority(kvm_run.tpr_access(run));
            case NMI -> new VmExit.NonMaskableInterrupt();
            case INTERNAL_ERROR -> internalError(run);
            case SYSTEM_EVENT -> systemEvent(kvm_run.system_event(run));
            case IOAPIC_EOI -> new VmExit.IoApicEndOfInterrupt(page.endOfInterruptVector());
            case HYPERV -> hyperv(kvm_run.hyperv(run), page.exitCode());
            case X86_RDMSR -> new VmExit.MsrRead(page.msrIndex(), msrReasons(run));
            case X86_WRMSR ->
                    new VmExit.MsrWrite(page.msrIndex(), page.msrValue(), msrReasons(run));
            case DIRTY_RING_FULL -> new VmExit.DirtyRingFull();
            case AP_RESET_HOLD -> new VmExit.ApResetHold();
            case X86_BUS_LOCK -> new VmExit.BusLock();
            case XEN -> xen(kvm_xen_exit.u.hcall(kvm_xen_exit.u(kvm_run.xen(run))));
            case NOTIFY -> notification(kvm_run.notify(run));
            case MEMORY_FAULT -> memoryFault(kvm_run.memory_fault(run));
            case TDX -> new VmExit.TdxCall(kvm_run.tdx.nr(kvm_run.tdx(run)));
            case SNP_REQ_CERTS -> certificates(kvm_run.snp_req_certs(run));
            case UNRECOGNISED -> new VmExit.Unrecognised(page.exitCode());
        };
    }

    private static VmExit exception(MemorySegment exception) {
        return new VmExit.GuestException(
                kvm_run.ex.exception(exception), kvm_run.ex.error_code(exception));
    }

    private static VmExit mmio(KvmRun page) {
        return page.mmioIsWrite()
                ? new VmExit.MmioWrite(page.mmioAddress(), page.mmioLength(), page.mmioValue())
                : new VmExit.MmioRead(page.mmioAddress(), page.mmioLength());
    }

    private static VmExit failEntry(MemorySegment failure) {
        return new VmExit.FailEntry(
                kvm_run.fail_entry.hardware_entry_failure_reason(failure),
                kvm_run.fail_entry.cpu(failure));
    }

    private static VmExit taskPriority(MemorySegment access) {
        return new VmExit.TaskPriorityAccess(
                kvm_run.tpr_access.rip(access), kvm_run.tpr_access.is_write(access) != 0);
    }

    private static VmExit notification(MemorySegment notification) {
        int flags = kvm_run.notify.flags(notification);
        return new VmExit.Notify((flags & KvmUapi.KVM_NOTIFY_CONTEXT_INVALID()) == 0);
    }

    private static VmExit certificates(MemorySegment request) {
        return new VmExit.SnpCertificates(
                kvm_exit_snp_req_certs.gpa(request), kvm_exit_snp_req_certs.npages(request));
    }

    private static VmExit port(KvmRun page) {
        if (!page.ioIsOut()) {
            return new VmExit.PortIn(page.ioPort(), page.ioSize(), page.ioCount());
        }
        List<Long> values = IntStream.range(0, page.ioCount()).mapToObj(page::ioValue).toList();
        return new VmExit.PortOut(page.ioPort(), page.ioSize(), values);
    }

    private static VmExit hypercall(MemorySegment call) {
        long flags = kvm_run.hypercall.flags(call);
        return new VmExit.Hypercall(
                kvm_run.hypercall.nr(call),
                words(kvm_run.hypercall.args(call)),
                (flags & KvmUapi.KVM_EXIT_HYPERCALL_LONG_MODE()) != 0);
    }

    private static VmExit debug(MemorySegment arch) {
        return new VmExit.Debug(
                kvm_debug_exit_arch.exception(arch),
                kvm_debug_exit_arch.pc(arch),
                kvm_debug_exit_arch.dr6(arch),
                kvm_debug_exit_arch.dr7(arch));
    }

    private static VmExit internalError(MemorySegment run) {
        MemorySegment internal = kvm_run.internal(run);
        VmExit.InternalError.Kind kind =
                VmExit.InternalError.Kind.of(kvm_run.internal.suberror(internal));
        List<Long> data = words(kvm_run.internal.data(internal), kvm_run.internal.ndata(internal));
        return new VmExit.InternalError(
                kind,
                data,
                kind == VmExit.InternalError.Kind.EMULATION && !data.isEmpty()
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
        return new VmExit.SystemEvent(
                VmExit.SystemEvent.Kind.of(kvm_run.system_event.type(event)),
                words(kvm_run.system_event.data(event), kvm_run.system_event.ndata(event)));
    }

    private static VmExit hyperv(MemorySegment exit, int code) {
        int type = kvm_hyperv_exit.type(exit);
        MemorySegment u = kvm_hyperv_exit.u(exit);
        if (type == KvmUapi.KVM_EXIT_HYPERV_SYNIC()) {
            MemorySegment synic = kvm_hyperv_exit.u.synic(u);
            return new VmExit.HypervSynic(
                    kvm_hyperv_exit.u.synic.msr(synic),
                    kvm_hyperv_exit.u.synic.control(synic),
                    kvm_hyperv_exit.u.synic.evt_page(synic),
                    kvm_hyperv_exit.u.synic.msg_page(synic));
        }
        if (type == KvmUapi.KVM_EXIT_HYPERV_HCALL()) {
            MemorySegment call = kvm_hyperv_exit.u.hcall(u);
            return new VmExit.HypervHypercall(
                    kvm_hyperv_exit.u.hcall.input(call),
                    words(kvm_hyperv_exit.u.hcall.params(call)));
        }
        if (type == KvmUapi.KVM_EXIT_HYPERV_SYNDBG()) {
            MemorySegment debugger = kvm_hyperv_exit.u.syndbg(u);
            return new VmExit.HypervDebugger(
                    kvm_hyperv_exit.u.syndbg.msr(debugger),
                    kvm_hyperv_exit.u.syndbg.control(debugger),
                    kvm_hyperv_exit.u.syndbg.status(debugger),
                    kvm_hyperv_exit.u.syndbg.send_page(debugger),
                    kvm_hyperv_exit.u.syndbg.recv_page(debugger),
                    kvm_hyperv_exit.u.syndbg.pending_page(debugger));
        }
        return new VmExit.Unrecognised(code);
    }

    private static Set<MsrExitReason> msrReasons(MemorySegment run) {
        return MsrExitReason.of(kvm_run.msr.reason(kvm_run.msr(run)));
    }

    private static VmExit xen(MemorySegment call) {
        return new VmExit.XenHypercall(
                kvm_xen_exit.u.hcall.input(call),
                words(kvm_xen_exit.u.hcall.params(call)),
                kvm_xen_exit.u.hcall.cpl(call),
                kvm_xen_exit.u.hcall.longmode(call) != 0);
    }

    private static VmExit memoryFault(MemorySegment fault) {
        long flags = kvm_run.memory_fault.flags(fault);
        return new VmExit.MemoryFault(
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
