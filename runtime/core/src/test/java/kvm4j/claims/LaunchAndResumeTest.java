package kvm4j.claims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import kvm4j.guests.Guest;
import kvm4j.kvm.ExitReason;
import kvm4j.kvm.NeedsKvm;
import kvm4j.kvm.Vcpu;
import kvm4j.linux.CpuSet;
import kvm4j.linux.NativeThread;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

/**
 * Claim: a vCPU is entered first by VMLAUNCH and then by VMRESUME, for as long as its VMCS stays on
 * a CPU; VMPTRLD switches between vCPUs. KVM remembers for each VMCS whether it is launched, and
 * forgets that at VMCLEAR alone: so what shows it is that its functions which execute VMPTRLD and
 * VMCLEAR are called when the vCPU comes to a CPU, and not between the thousands of entries that
 * follow. On AMD there is one instruction, VMRUN, and a VMCB for each vCPU.
 */
@NeedsKvm
class LaunchAndResumeTest {

    private static final int EXIT_PORT = 0xf4;

    /** A thread has taken a vCPU, for one ioctl. */
    private static final String TAKEN = "vcpu_load";

    /** A thread in the midst of an ioctl with its vCPU was given a CPU again. */
    private static final String SCHEDULED_IN = "kvm_sched_in";

    /** VMCLEAR, on the CPU where the VMCS is. */
    private static final String CLEARED = "__loaded_vmcs_clear";

    private VendorModule module;

    @BeforeEach
    void needsHardwareAndTracing() {
        module = VendorModule.ofThisHost();
        KernelTrace.assumeAvailable();
    }

    private KernelTrace traced(String... more) {
        var functions = new ArrayList<>(List.of(TAKEN, SCHEDULED_IN, module.vcpuLoad()));
        functions.addAll(List.of(more));
        return KernelTrace.ofGuestsAndCalls(functions);
    }

    private static void runToPort(Vcpu vcpu, int port) {
        ExitReason reason;
        do {
            reason = vcpu.run();
        } while (reason == ExitReason.INTR);
        assertEquals(ExitReason.IO, reason);
        assertEquals(port, vcpu.exit().ioPort());
    }

    @Test
    void aVcpuIsLoadedOnceForThousandsOfEntries() {
        long count = 3000;
        try (DrivenGuest guest = DrivenGuest.of(Guest.CPUID, 1, count);
                KernelTrace trace = traced()) {
            runToPort(guest.vcpu(0), EXIT_PORT);
            assertTrue(trace.entries() > count, () -> trace.entries() + " entries");
            long loads = trace.calls(module.vcpuLoad()) - trace.calls(SCHEDULED_IN);
            assertEquals(trace.calls(TAKEN), loads, "loaded for an ioctl, or by the scheduler");
            assertTrue(loads <= 2, () -> loads + " loads for ioctls"); // 2 if a signal came
        }
    }

    @Test
    void vcpusThatTakeTurnsAreLoadedAtEachTurn() {
        int turns = 50;
        try (DrivenGuest first = DrivenGuest.of(Guest.PIO, 2);
                DrivenGuest second = DrivenGuest.of(Guest.PIO, 1);
                KernelTrace trace = traced()) {
            for (int turn = 0; turn < turns; turn++) {
                for (Vcpu vcpu : List.of(first.vcpu(0), second.vcpu(0), first.vcpu(1))) {
                    assertEquals(ExitReason.IO, vcpu.run());
                }
            }
            long loads = trace.calls(module.vcpuLoad()) - trace.calls(SCHEDULED_IN);
            assertEquals(3 * turns, loads);
            assertTrue(trace.entries() >= 3 * turns, () -> trace.entries() + " entries");
        }
    }

    @Test
    void aVmcsIsClearedOnlyWhenItsVcpuIsGone() {
        assumeTrue(module == VendorModule.KVM_INTEL, "SVM has no VMCLEAR: VMRUN keeps nothing");
        NativeThread self = NativeThread.current();
        CpuSet cpus = self.cpus();
        self.bindTo(CpuSet.of(cpus.stream().findFirst().orElseThrow()));
        try (KernelTrace trace = traced(CLEARED)) {
            try (DrivenGuest first = DrivenGuest.of(Guest.PIO, 1);
                    DrivenGuest second = DrivenGuest.of(Guest.PIO, 1)) {
                for (int turn = 0; turn < 100; turn++) {
                    assertEquals(ExitReason.IO, first.vcpu(0).run());
                    assertEquals(ExitReason.IO, second.vcpu(0).run());
                }
                assertEquals(0, trace.calls(CLEARED), "one launch, then resumed");
            }
            assertEquals(2, trace.calls(CLEARED));
        } finally {
            self.bindTo(cpus);
        }
    }

    @Test
    @Tag("smp")
    void aVmcsIsClearedWhenItsVcpuMovesToAnotherCpu() {
        assumeTrue(module == VendorModule.KVM_INTEL, "SVM has no VMCLEAR: VMRUN keeps nothing");
        NativeThread self = NativeThread.current();
        CpuSet cpus = self.cpus();
        assumeTrue(cpus.size() > 1, "this process may use one CPU only");
        try (DrivenGuest guest = DrivenGuest.of(Guest.PIO, 1);
                KernelTrace trace = KernelTrace.ofCalls(List.of(CLEARED))) {
            int moves = 10;
            for (int move = 0; move <= moves; move++) {
                int[] places = cpus.stream().limit(2).toArray();
                self.bindTo(CpuSet.of(places[move % 2]));
                assertEquals(ExitReason.IO, guest.vcpu(0).run());
            }
            assertTrue(trace.calls(CLEARED) >= moves, () -> trace.calls(CLEARED) + " VMCLEAR");
        } finally {
            self.bindTo(cpus);
        }
    }
}
