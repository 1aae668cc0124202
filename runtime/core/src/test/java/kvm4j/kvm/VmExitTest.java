package kvm4j.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_debug_exit_arch;
import kvm4j.bindings.kvm.kvm_hyperv_exit;
import kvm4j.bindings.kvm.kvm_run;
import kvm4j.bindings.kvm.kvm_xen_exit;
import kvm4j.kvm.msr.MsrExitReason;
import kvm4j.x86.Bytes;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Exits as values, from run pages as a kernel would fill them. */
class VmExitTest {

    private final MemorySegment page = Arena.ofAuto().allocate(3 * 4096, 4096);
    private final KvmRun run = new KvmRun(page);

    private VmExit exit(ExitReason reason) {
        kvm_run.exit_reason(page, reason.code());
        assertEquals(VmExit.of(reason, run), VmExit.of(run));
        return VmExit.of(run);
    }

    @Test
    void stringOutputHasAllItsElements() {
        MemorySegment io = kvm_run.io(page);
        kvm_run.io.direction(io, (byte) KvmUapi.KVM_EXIT_IO_OUT());
        kvm_run.io.size(io, (byte) 2);
        kvm_run.io.port(io, (short) 0xfff0);
        kvm_run.io.count(io, 3);
        kvm_run.io.data_offset(io, 4096);
        page.asSlice(4096).copyFrom(MemorySegment.ofArray(new short[] {1, -1, 0x7fff}));
        assertEquals(
                new VmExit.PortOut(0xfff0, 2, List.of(1L, 0xffffL, 0x7fffL)), exit(ExitReason.IO));
        kvm_run.io.direction(io, (byte) KvmUapi.KVM_EXIT_IO_IN());
        assertEquals(new VmExit.PortIn(0xfff0, 2, 3), exit(ExitReason.IO));
    }

    @Test
    void anEmulationFailureHasItsInstruction() {
        MemorySegment failure = kvm_run.emulation_failure(page);
        kvm_run.emulation_failure.suberror(failure, KvmUapi.KVM_INTERNAL_ERROR_EMULATION());
        kvm_run.emulation_failure.ndata(failure, 4);
        kvm_run.emulation_failure.flags(
                failure, KvmUapi.KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES());
        kvm_run.emulation_failure.insn_size(failure, (byte) 2);
        kvm_run.emulation_failure.insn_bytes(failure, 0, (byte) 0x0f);
        kvm_run.emulation_failure.insn_bytes(failure, 1, (byte) 0x0b);
        var error = (VmExit.InternalError) exit(ExitReason.INTERNAL_ERROR);
        assertEquals(VmExit.InternalError.Kind.EMULATION, error.kind());
        assertEquals(Bytes.of((byte) 0x0f, (byte) 0x0b), error.instruction());
        assertEquals("0f 0b", error.instruction().toString());
        assertEquals(4, error.data().size());
        kvm_run.emulation_failure.flags(failure, 0);
        error = (VmExit.InternalError) exit(ExitReason.INTERNAL_ERROR);
        assertEquals(Bytes.of(), error.instruction());
    }

    @Test
    void anErrorWithoutDataHasNone() {
        MemorySegment internal = kvm_run.internal(page);
        kvm_run.internal.suberror(internal, 77);
        assertEquals(
                new VmExit.InternalError(
                        VmExit.InternalError.Kind.UNRECOGNISED, List.of(), Bytes.of()),
                exit(ExitReason.INTERNAL_ERROR));
    }

    @Test
    void aHypercallIsAnsweredWhereTheKernelLooks() {
        MemorySegment call = kvm_run.hypercall(page);
        kvm_run.hypercall.nr(call, 12);
        kvm_run.hypercall.args(call, 5, 6L);
        kvm_run.hypercall.flags(call, KvmUapi.KVM_EXIT_HYPERCALL_LONG_MODE());
        assertEquals(
                new VmExit.Hypercall(12, List.of(0L, 0L, 0L, 0L, 0L, 6L), true),
                exit(ExitReason.HYPERCALL));
        run.setHypercallResult(-1000);
        assertEquals(-1000, kvm_run.hypercall.ret(call));
    }

    @Test
    void aHypervExitIsOfOneOfThreeKinds() {
        MemorySegment hyperv = kvm_run.hyperv(page);
        MemorySegment u = kvm_hyperv_exit.u(hyperv);
        kvm_hyperv_exit.type(hyperv, KvmUapi.KVM_EXIT_HYPERV_HCALL());
        MemorySegment call = kvm_hyperv_exit.u.hcall(u);
        kvm_hyperv_exit.u.hcall.input(call, 8);
        kvm_hyperv_exit.u.hcall.params(call, 1, 9L);
        assertEquals(new VmExit.HypervHypercall(8, List.of(0L, 9L)), exit(ExitReason.HYPERV));
        run.setHypervResult(5);
        assertEquals(5, kvm_hyperv_exit.u.hcall.result(call));

        kvm_hyperv_exit.type(hyperv, KvmUapi.KVM_EXIT_HYPERV_SYNIC());
        assertEquals(VmExit.HypervSynic.class, exit(ExitReason.HYPERV).getClass());
        kvm_hyperv_exit.type(hyperv, KvmUapi.KVM_EXIT_HYPERV_SYNDBG());
        assertEquals(VmExit.HypervDebugger.class, exit(ExitReason.HYPERV).getClass());
        kvm_hyperv_exit.type(hyperv, 99);
        assertEquals(new VmExit.Unrecognised(ExitReason.HYPERV.code()), exit(ExitReason.HYPERV));
    }

    @Test
    void aXenHypercallIsAnswered() {
        MemorySegment call = kvm_xen_exit.u.hcall(kvm_xen_exit.u(kvm_run.xen(page)));
        kvm_xen_exit.u.hcall.longmode(call, 1);
        kvm_xen_exit.u.hcall.cpl(call, 3);
        kvm_xen_exit.u.hcall.input(call, 0x22);
        assertEquals(
                new VmExit.XenHypercall(0x22, List.of(0L, 0L, 0L, 0L, 0L, 0L), 3, true),
                exit(ExitReason.XEN));
        run.setXenResult(-38);
        assertEquals(-38, kvm_xen_exit.u.hcall.result(call));
    }

    @Test
    void otherExitsSayWhatTheKernelDoes() {
        kvm_run.memory_fault.gpa(kvm_run.memory_fault(page), 0x1000);
        kvm_run.memory_fault.size(kvm_run.memory_fault(page), 0x2000);
        kvm_run.memory_fault.flags(
                kvm_run.memory_fault(page), KvmUapi.KVM_MEMORY_EXIT_FLAG_PRIVATE());
        assertEquals(new VmExit.MemoryFault(0x1000, 0x2000, true), exit(ExitReason.MEMORY_FAULT));

        page.fill((byte) 0);
        kvm_run.system_event.type(kvm_run.system_event(page), KvmUapi.KVM_SYSTEM_EVENT_RESET());
        kvm_run.system_event.ndata(kvm_run.system_event(page), 1);
        assertEquals(
                new VmExit.SystemEvent(VmExit.SystemEvent.Kind.RESET, List.of(0L)),
                exit(ExitReason.SYSTEM_EVENT));

        page.fill((byte) 0);
        kvm_debug_exit_arch.pc(kvm_run.debug.arch(kvm_run.debug(page)), 0xfff0);
        assertEquals(new VmExit.Debug(0, 0xfff0, 0, 0), exit(ExitReason.DEBUG));

        page.fill((byte) 0);
        kvm_run.fail_entry.hardware_entry_failure_reason(kvm_run.fail_entry(page), 0x8000_0021L);
        assertEquals(new VmExit.FailEntry(0x8000_0021L, 0), exit(ExitReason.FAIL_ENTRY));

        page.fill((byte) 0);
        kvm_run.eoi.vector(kvm_run.eoi(page), (byte) 0xf1);
        assertEquals(new VmExit.IoApicEndOfInterrupt(0xf1), exit(ExitReason.IOAPIC_EOI));

        page.fill((byte) 0);
        kvm_run.msr.reason(kvm_run.msr(page), KvmUapi.KVM_MSR_EXIT_REASON_INVAL());
        kvm_run.msr.index(kvm_run.msr(page), -1);
        assertEquals(
                new VmExit.MsrRead(-1, Set.of(MsrExitReason.INVALID)), exit(ExitReason.X86_RDMSR));
        run.refuseMsr();
        assertEquals(1, kvm_run.msr.error(kvm_run.msr(page)));
    }

    @Test
    void aReasonWithoutANameKeepsItsNumber() {
        kvm_run.exit_reason(page, 999);
        assertEquals(new VmExit.Unrecognised(999), VmExit.of(run));
    }

    @Test
    void aSignalCountsForMoreThanWhatThePageStillSays() {
        kvm_run.exit_reason(page, ExitReason.HLT.code());
        assertEquals(new VmExit.Interrupted(), VmExit.of(ExitReason.INTR, run));
    }

    @ParameterizedTest
    @EnumSource
    void everyReasonHasAValueWhateverThePageHolds(ExitReason reason) {
        Random random = new Random(reason.ordinal());
        for (int i = 0; i < 200; i++) {
            byte[] noise = new byte[2048];
            random.nextBytes(noise);
            page.asSlice(0, noise.length).copyFrom(MemorySegment.ofArray(noise));
            // of what the kernel alone writes, the size, count and offset of port data hold
            MemorySegment io = kvm_run.io(page);
            if (reason == ExitReason.IO) {
                kvm_run.io.size(io, (byte) 1);
                kvm_run.io.count(io, random.nextInt(4096));
                kvm_run.io.data_offset(io, 4096);
            }
            assertNotNull(VmExit.of(reason, run));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, -2, 63, 64, 1000, Integer.MIN_VALUE})
    void numbersWithoutANameAreUnrecognised(int code) {
        assertSame(ExitReason.UNRECOGNISED, ExitReason.of(code));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "UNRECOGNISED")
    void reasonsAreFoundByTheirNumber(ExitReason reason) {
        assertSame(reason, ExitReason.of(reason.code()));
    }
}
