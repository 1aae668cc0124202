package kvm4j.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import kvm4j.x86.CpuIdEntry;
import kvm4j.x86.MpState;
import kvm4j.x86.Msr;
import kvm4j.x86.Registers;
import kvm4j.x86.VcpuState;
import kvm4j.x86.VmState;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

@NeedsKvm
class WholeStateTest {

    private static final int PORT = 0xe9;
    private static final int TSC = 0x10;
    private static final int TSC_DEADLINE = 0x6e0;
    private static final int HYPERV_RUN_TIME = 0x4000_0010;
    private static final int HYPERV_REFERENCE_TIME = 0x4000_0020;

    /** 1: inc %ax; out %ax, $0xe9; jmp 1b. */
    private static final String COUNT = "40 e7 e9 eb fb";

    /** in $0xe9, %ax; out %ax, $0xe9; hlt. */
    private static final String ECHO = "e5 e9 e7 e9 f4";

    /** Memory and all else into a guest of its own, as an outsider would. */
    private static TestGuest copyOf(TestGuest original, Consumer<Vm> beforeVcpu) {
        VcpuState processor = original.vcpu().saveState();
        VmState rest = original.vm().saveState();
        TestGuest copy = TestGuest.of("f4", beforeVcpu);
        copy.memory().write(0, original.memory().read(0, (int) TestGuest.MEMORY_SIZE));
        copy.vcpu().restoreState(processor);
        copy.vm().restoreState(rest);
        return copy;
    }

    private static VmExit out(long value) {
        return new VmExit.PortOut(PORT, 2, List.of(value));
    }

    @Test
    void aGuestGoesOnInAnotherVm() {
        try (TestGuest guest = TestGuest.of(COUNT)) {
            guest.vcpu().setCpuId(guest.kvm().supportedCpuId());
            assertEquals(out(1), guest.run());
            assertEquals(out(2), guest.run());
            try (TestGuest copy = copyOf(guest, vm -> {})) {
                assertEquals(out(3), copy.run());
                assertEquals(out(4), copy.run());
                assertEquals(out(3), guest.run());
            }
        }
    }

    @Test
    void aStateIsTheSameOnceItIsRestored() {
        try (TestGuest guest = TestGuest.of(COUNT)) {
            guest.vcpu().setCpuId(guest.kvm().supportedCpuId());
            guest.run();
            VcpuState saved = guest.vcpu().saveState();
            try (TestGuest copy = copyOf(guest, vm -> {})) {
                VcpuState again = copy.vcpu().saveState();
                assertEquals(saved.registers(), again.registers());
                assertEquals(saved.specialRegisters(), again.specialRegisters());
                assertEquals(saved.cpuId(), again.cpuId());
                assertEquals(saved.xsave(), again.xsave());
                assertEquals(saved.debugRegisters(), again.debugRegisters());
                assertEquals(saved.events(), again.events());
                assertEquals(saved.extendedControlRegisters(), again.extendedControlRegisters());
                assertEquals(
                        saved.msrs().stream().filter(msr -> !counts(msr)).toList(),
                        again.msrs().stream().filter(msr -> !counts(msr)).toList());
            }
        }
    }

    private static boolean counts(Msr msr) {
        return Set.of(TSC, HYPERV_RUN_TIME, HYPERV_REFERENCE_TIME).contains(msr.index());
    }

    @Test
    void anAnswerThatIsOnItsWayArrivesBeforeTheStateIsTaken() {
        try (TestGuest guest = TestGuest.of(ECHO)) {
            assertInstanceOf(VmExit.PortIn.class, guest.run());
            guest.vcpu().exit().setIoValue(0, 0x1234);
            VcpuState saved = guest.vcpu().saveState();
            assertEquals(0x1234, saved.registers().rax());
            try (TestGuest copy = copyOf(guest, vm -> {})) {
                assertEquals(out(0x1234), copy.run());
            }
        }
    }

    @Test
    void anAnswerThatIsOnItsWayDoesNotReachTheStateThatIsRestored() {
        try (TestGuest guest = TestGuest.of(ECHO)) {
            VcpuState atStart = guest.vcpu().saveState();
            assertInstanceOf(VmExit.PortIn.class, guest.run());
            guest.vcpu().exit().setIoValue(0, 0x1234);
            guest.vcpu().restoreState(atStart);
            Registers registers = guest.vcpu().registers();
            assertEquals(TestGuest.ENTRY, registers.rip());
            assertEquals(0, registers.rax());
            assertInstanceOf(VmExit.PortIn.class, guest.run());
            guest.vcpu().exit().setIoValue(0, 0x77);
            assertEquals(out(0x77), guest.run());
        }
    }

    @Test
    void anExitThatIsCompleteIsNoExitAnyMore() {
        try (TestGuest guest = TestGuest.of(ECHO)) {
            VcpuState atStart = guest.vcpu().saveState();
            assertInstanceOf(VmExit.PortIn.class, guest.run());
            guest.vcpu().exit().setIoValue(0, 0x1234);
            assertEquals(ExitReason.INTR, guest.vcpu().completeExit());
            assertEquals(ExitReason.INTR, guest.vcpu().exit().exitReason());
            guest.vcpu().restoreState(atStart);
            assertEquals(atStart.registers(), guest.vcpu().registers());
            assertInstanceOf(VmExit.PortIn.class, guest.run());
        }
    }

    @Test
    void theCounterCanBeLeftToTheCaller() {
        HardwareVirtualization.assume();
        try (TestGuest guest = TestGuest.of(COUNT, WholeStateTest::withControllers)) {
            guest.vcpu().setCpuId(guest.kvm().supportedCpuId());
            guest.run();
            VcpuState saved = guest.vcpu().saveState();
            assumeTrue(saved.msr(TSC_DEADLINE).isPresent(), "host lacks IA32_TSC_DEADLINE");
            long ahead = 1L << 50;
            guest.vcpu().msrs().set(TSC, saved.msr(TSC).orElseThrow() + ahead);
            guest.vcpu().restoreStateExceptTsc(withDeadline(saved, Long.MAX_VALUE));
            assertTrue(guest.vcpu().msrs().get(TSC) - saved.msr(TSC).orElseThrow() > ahead / 2);
            assertEquals(0, guest.vcpu().msrs().get(TSC_DEADLINE));
            assertEquals(saved.registers(), guest.vcpu().registers());
        }
    }

    private static VcpuState withDeadline(VcpuState state, long deadline) {
        return state.withMsrs(
                state.msrs().stream()
                        .map(
                                msr ->
                                        msr.index() == TSC_DEADLINE
                                                ? new Msr(TSC_DEADLINE, deadline)
                                                : msr)
                        .toList());
    }

    @Test
    void anotherFrequencyOfTheCounterIsTakenBack() {
        try (TestGuest guest = TestGuest.of(COUNT)) {
            guest.assume(Capability.TSC_CONTROL);
            guest.vcpu().setCpuId(guest.kvm().supportedCpuId());
            VcpuState saved = guest.vcpu().saveState();
            VcpuClock clock = guest.vcpu().clock();
            int kHz = clock.tscFrequency();
            guest.vcpu().restoreState(saved);
            clock.setTscFrequency(kHz / 2);
            guest.vcpu().restoreState(saved);
            assertEquals(kHz, clock.tscFrequency());
        }
    }

    @Test
    void aProcessorIsResetAgainAndAgain() {
        try (TestGuest guest = TestGuest.of(COUNT)) {
            guest.vcpu().setCpuId(guest.kvm().supportedCpuId());
            assertEquals(out(1), guest.run());
            VcpuState saved = guest.vcpu().saveState();
            for (int i = 0; i < 3; i++) {
                assertEquals(out(2), guest.run());
                assertEquals(out(3), guest.run());
                guest.vcpu().restoreState(saved);
            }
        }
    }

    @Test
    void aPreparedStateIsGivenToSeveralProcessorsAndAgain() {
        try (TestGuest guest = TestGuest.of(COUNT);
                TestGuest other = TestGuest.of(COUNT)) {
            guest.vcpu().setCpuId(guest.kvm().supportedCpuId());
            assertEquals(out(1), guest.run());
            PreparedVcpuState prepared = new PreparedVcpuState(guest.vcpu().saveState());
            for (TestGuest each : List.of(guest, other, guest, other)) {
                each.vcpu().restoreState(prepared);
                assertEquals(out(2), each.run());
                assertEquals(out(3), each.run());
            }
        }
    }

    @Test
    void whatCannotBeWrittenIsLookedAtOnEachProcessor() {
        try (TestGuest guest = TestGuest.of(COUNT);
                TestGuest other = TestGuest.of(COUNT)) {
            List<Msr> values = guest.vcpu().msrs().getReadable(0xc000_0080); // EFER
            assertTrue(guest.vcpu().hasFixed(values));
            other.vcpu().msrs().set(0xc000_0080, 1); // EFER.SCE
            assertFalse(other.vcpu().hasFixed(values));
            assertFalse(guest.vcpu().hasFixed(List.of(new Msr(Msr.TIME_STAMP_COUNTER, -1))));
        }
    }

    @Test
    void theTimeStampCounterDoesNotGoBack() throws IOException {
        assumeTrue(
                Files.readString(Path.of("/proc/cpuinfo")).contains(" constant_tsc"),
                "this host's TSC is not constant");
        try (TestGuest guest = TestGuest.of(COUNT)) {
            guest.vcpu().setCpuId(guest.kvm().supportedCpuId());
            guest.run();
            VcpuState saved = guest.vcpu().saveState();
            try (TestGuest copy = copyOf(guest, vm -> {})) {
                long before = saved.msr(TSC).orElseThrow();
                assertTrue(copy.vcpu().msrs().get(TSC) - before > 0);
            }
        }
    }

    @Test
    void cpuIdIsPartOfTheState() {
        try (TestGuest guest = TestGuest.of(COUNT);
                TestGuest other = TestGuest.of(COUNT)) {
            guest.vcpu().setCpuId(guest.kvm().supportedCpuId());
            VcpuState saved = guest.vcpu().saveState();
            CpuIdEntry more = new CpuIdEntry(0x4000_2000, 0, false, 1, 2, 3, 4);
            other.vcpu().setCpuId(other.kvm().supportedCpuId().with(more));
            other.vcpu().restoreState(saved);
            assertTrue(other.vcpu().cpuId().find(0x4000_2000, 0).isEmpty());
        }
    }

    private static void withControllers(Vm vm) {
        TestGuest.assume(vm, Capability.IRQCHIP);
        vm.irqchip().create();
        TestGuest.assume(vm, Capability.PIT2);
        vm.pit().create();
    }

    /**
     * Counts ticks: PIC at vectors 0x20 on with all but the timer masked, timer with 1 ms, and at
     * each interrupt inc %bx; mov %bx, %ax; out %ax, $0xe9; end of interrupt; iret.
     */
    private static TestGuest ticking() {
        TestGuest guest =
                TestGuest.of(
                        "b0 11 e6 20 b0 20 e6 21 b0 04 e6 21 b0 01 e6 21 b0 fe e6 21"
                                + " b0 34 e6 43 b0 a9 e6 40 b0 04 e6 40"
                                + " 31 db fb f4 eb fd",
                        WholeStateTest::withControllers);
        guest.memory().putInt(0x20 * 4L, 0x3000);
        guest.memory()
                .write(
                        0x3000,
                        HexFormat.ofDelimiter(" ").parseHex("43 89 d8 e7 e9 b0 20 e6 20 cf"));
        return guest;
    }

    @Test
    void controllersAndTimerGoOnInAnotherVm() {
        try (TestGuest guest = ticking()) {
            guest.vcpu().setCpuId(guest.kvm().supportedCpuId());
            assertEquals(out(1), guest.run());
            assertEquals(out(2), guest.run());
            try (TestGuest copy = copyOf(guest, WholeStateTest::withControllers)) {
                assertEquals(out(3), copy.run());
                assertEquals(out(4), copy.run());
                assertEquals(
                        guest.vm().saveState().controllers().orElseThrow().master().imr(),
                        copy.vm().saveState().controllers().orElseThrow().master().imr());
            }
        }
    }

    @Test
    void aProcessorThatWaitsForItsStartWaitsInTheOtherVm() {
        try (TestGuest guest = TestGuest.of("f4", WholeStateTest::withControllers);
                TestGuest copy = TestGuest.of("f4", WholeStateTest::withControllers)) {
            Vcpu second = guest.vm().createVcpu(1);
            VcpuState saved = second.saveState();
            assertEquals(MpState.UNINITIALIZED, saved.mpState());
            Vcpu other = copy.vm().createVcpu(1);
            other.interrupts().setMpState(MpState.RUNNABLE);
            other.restoreState(saved);
            assertEquals(MpState.UNINITIALIZED, other.interrupts().mpState());
        }
    }

    @Test
    void whatIsNotInTheKernelIsNotInTheState() {
        try (TestGuest guest = TestGuest.of("f4")) {
            VmState state = guest.vm().saveState();
            assertEquals(Optional.empty(), state.controllers());
            assertEquals(Optional.empty(), state.timer());
            assertEquals(Optional.empty(), guest.vcpu().saveState().localApic());
        }
    }

    /** mov $0x1000, %ax; mov %ax, %ds; mov 0xffe, %eax: two pages without memory, two exits. */
    @Test
    void anInstructionWithAnExitToHandleIsNoTimeToSave() {
        try (TestGuest guest = TestGuest.of("b8 00 10 8e d8 66 a1 fe 0f f4")) {
            VcpuState atStart = guest.vcpu().saveState();
            assertInstanceOf(VmExit.MmioRead.class, guest.run());
            assertThrows(IllegalStateException.class, guest.vcpu()::saveState);
            guest.vcpu().restoreState(atStart);
            assertEquals(TestGuest.ENTRY, guest.vcpu().saveState().registers().rip());
            assertInstanceOf(VmExit.MmioRead.class, guest.run());
        }
    }
}
