package kvm4j.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import kvm4j.linux.LinuxException;
import kvm4j.x86.Bytes;
import kvm4j.x86.ClockData;
import kvm4j.x86.DebugRegisters;
import kvm4j.x86.DescriptorTable;
import kvm4j.x86.ExtendedControlRegister;
import kvm4j.x86.FpuState;
import kvm4j.x86.MachineCheck;
import kvm4j.x86.MpState;
import kvm4j.x86.NestedState;
import kvm4j.x86.Registers;
import kvm4j.x86.Segment;
import kvm4j.x86.SpecialRegisters;
import kvm4j.x86.SpecialRegisters2;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/** What goes into a vCPU comes out again, and the guest sees it. */
@NeedsKvm
class VcpuStateTest {

    /** inc %ax; out %al, $0xf4; hlt. */
    private static final String INCREMENT = "40 e6 f4 f4";

    /** movaps %xmm1, 0x2000; hlt. */
    private static final String STORE_XMM1 = "0f 29 0e 00 20 f4";

    /** Where an XSAVE area says which of its parts are not in their initial state. */
    private static final int XSTATE_BV = 512;

    private static final int X87_AND_SSE = 3;

    @Test
    void registersGoInAndOut() {
        try (TestGuest guest = TestGuest.of("f4")) {
            Registers all =
                    new Registers(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 2);
            guest.vcpu().setRegisters(all);
            assertEquals(all, guest.vcpu().registers());
        }
    }

    @Test
    void specialRegistersGoInAndOut() {
        try (TestGuest guest = TestGuest.of("f4")) {
            SpecialRegisters changed =
                    guest.vcpu().specialRegisters().withGdt(new DescriptorTable(0x1000, 0xff));
            guest.vcpu().setSpecialRegisters(changed);
            assertEquals(changed, guest.vcpu().specialRegisters());
        }
    }

    @Test
    void specialRegisters2HaveTheSameRegisters() {
        try (TestGuest guest = TestGuest.of("f4")) {
            guest.assume(Capability.SREGS2);
            SpecialRegisters2 registers = guest.vcpu().specialRegisters2();
            assertEquals(guest.vcpu().specialRegisters(), registers.registers());
            assertTrue(registers.pageDirectoryPointers().isEmpty());
            guest.vcpu().setSpecialRegisters2(registers);
            assertEquals(registers, guest.vcpu().specialRegisters2());
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new SpecialRegisters2(registers.registers(), List.of(1L)));
        }
    }

    @Test
    void pageDirectoryPointersGoInAndOut() {
        try (TestGuest guest = TestGuest.of("f4")) {
            guest.assume(Capability.SREGS2);
            HardwareVirtualization.assume();
            SpecialRegisters pae =
                    guest.vcpu()
                            .specialRegisters()
                            .withCode(Segment.flatCode(8))
                            .withData(Segment.flatData(16))
                            .withControl(
                                    SpecialRegisters.CR0_PE
                                            | SpecialRegisters.CR0_ET
                                            | SpecialRegisters.CR0_PG,
                                    0x2000,
                                    SpecialRegisters.CR4_PAE,
                                    0);
            List<Long> pointers = List.of(0x3001L, 0x4001L, 0L, 0L);
            guest.vcpu().setSpecialRegisters2(new SpecialRegisters2(pae, pointers));
            assertEquals(pointers, guest.vcpu().specialRegisters2().pageDirectoryPointers());
        }
    }

    @Test
    void debugRegistersGoInAndOut() {
        try (TestGuest guest = TestGuest.of("f4")) {
            guest.assume(Capability.DEBUGREGS);
            DebugRegisters initial = guest.vcpu().debugRegisters();
            DebugRegisters changed =
                    new DebugRegisters(
                            0x1000, 0x2000, 0x3000, 0x4000, initial.dr6(), initial.dr7());
            guest.vcpu().setDebugRegisters(changed);
            assertEquals(changed, guest.vcpu().debugRegisters());
        }
    }

    @Test
    void theGuestSeesItsXmmRegisters() {
        try (TestGuest guest = TestGuest.of(STORE_XMM1)) {
            guest.vcpu().setCpuId(guest.kvm().supportedCpuId());
            SpecialRegisters special = guest.vcpu().specialRegisters();
            guest.vcpu()
                    .setSpecialRegisters(
                            special.withControl(
                                    special.cr0(),
                                    special.cr3(),
                                    special.cr4() | 1L << 9, // OSFXSR
                                    special.efer()));
            ExtendedState state = guest.vcpu().extendedState();
            state.setXsave(state.xsave().withInt(XSTATE_BV, X87_AND_SSE));
            FpuState fpu = state.fpu();
            Bytes value = Bytes.of(new byte[16]).withInt(0, 0x1234_5678);
            state.setFpu(fpu.withXmm(1, value));
            assertEquals(value, state.fpu().xmm().get(1));
            guest.runToHalt();
            assertEquals(0x1234_5678, guest.memory().getInt(0x2000));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new FpuState(List.of(), 0, 0, 0, 0, 0, 0, fpu.xmm()));
            assertThrows(IllegalArgumentException.class, () -> fpu.withXmm(0, Bytes.of((byte) 1)));
        }
    }

    @Test
    void extendedStateGoesInAndOut() {
        try (TestGuest guest = TestGuest.of("f4")) {
            guest.assume(Capability.XSAVE);
            guest.vcpu().setCpuId(guest.kvm().supportedCpuId());
            ExtendedState state = guest.vcpu().extendedState();
            Bytes initial = state.xsave();
            assertTrue(initial.size() >= Math.max(4096, guest.vm().check(Capability.XSAVE2)));
            int mxcsr = 24;
            assertEquals(0x1f80, initial.intAt(mxcsr));
            Bytes changed = initial.withInt(XSTATE_BV, X87_AND_SSE).withInt(mxcsr, 0x1f00);
            state.setXsave(changed);
            assertEquals(0x1f00, state.xsave().intAt(mxcsr));
            assertThrows(IllegalArgumentException.class, () -> state.setXsave(Bytes.of()));
        }
    }

    @Test
    void extendedControlRegistersGoInAndOut() {
        try (TestGuest guest = TestGuest.of("f4")) {
            guest.assume(Capability.XCRS);
            guest.vcpu().setCpuId(guest.kvm().supportedCpuId());
            ExtendedState state = guest.vcpu().extendedState();
            assertEquals(List.of(new ExtendedControlRegister(0, 1)), state.controlRegisters());
            List<ExtendedControlRegister> sse = List.of(new ExtendedControlRegister(0, 3));
            state.setControlRegisters(sse);
            assertEquals(sse, state.controlRegisters());
        }
    }

    @Test
    void theHostsExtendedFeaturesHoldX87() {
        try (Kvm kvm = Kvm.open()) {
            TestGuest.assume(kvm, Capability.SYS_ATTRIBUTES);
            assertEquals(3, kvm.supportedExtendedFeatures() & 3);
        }
    }

    @Test
    void withoutPagingLinearAddressesArePhysical() {
        try (TestGuest guest = TestGuest.of("f4")) {
            assertEquals(OptionalLong.of(0x1234), guest.vcpu().translate(0x1234));
        }
    }

    @Test
    void pageTablesAreWalked() {
        try (TestGuest guest = TestGuest.of("f4")) {
            // one page at 0x7000 that leads to 0x5000, through four levels of tables
            guest.memory().putLong(0x2000, 0x3000 | 3);
            guest.memory().putLong(0x3000, 0x4000 | 3);
            guest.memory().putLong(0x4000, 0x6000 | 3);
            guest.memory().putLong(0x6000 + 7 * 8, 0x5000 | 3);
            guest.vcpu().setCpuId(guest.kvm().supportedCpuId());
            guest.vcpu()
                    .setSpecialRegisters(
                            guest.vcpu()
                                    .specialRegisters()
                                    .withCode(Segment.longModeCode(8))
                                    .withData(Segment.flatData(16))
                                    .withControl(
                                            SpecialRegisters.CR0_PE
                                                    | SpecialRegisters.CR0_ET
                                                    | SpecialRegisters.CR0_PG,
                                            0x2000,
                                            SpecialRegisters.CR4_PAE,
                                            SpecialRegisters.EFER_LME | SpecialRegisters.EFER_LMA));
            assertEquals(OptionalLong.of(0x5123), guest.vcpu().translate(0x7123));
            assertEquals(OptionalLong.empty(), guest.vcpu().translate(0x8000));
        }
    }

    @Test
    void registersInTheRunPageNeedNoIoctl() {
        try (TestGuest guest = TestGuest.of(INCREMENT)) {
            int supported = guest.vm().check(Capability.SYNC_REGS);
            assumeTrue(
                    SyncedRegisters.Part.GENERAL.isIn(supported), "host lacks KVM_CAP_SYNC_REGS");
            SyncedRegisters synced = guest.vcpu().syncedRegisters();
            synced.publish(Set.of(SyncedRegisters.Part.values()));
            assertEquals(new VmExit.PortOut(0xf4, 1, List.of(1L)), guest.run());
            assertEquals(1, synced.registers().rax());
            assertEquals(guest.vcpu().specialRegisters(), synced.specialRegisters());
            assertEquals(guest.vcpu().interrupts().events().nmi(), synced.events().nmi());
            synced.setRegisters(synced.registers().withRax(0x41).withRip(TestGuest.ENTRY));
            synced.setSpecialRegisters(synced.specialRegisters());
            synced.setEvents(synced.events());
            assertEquals(new VmExit.PortOut(0xf4, 1, List.of(0x42L)), guest.run());
            synced.publish(Set.of());
            guest.runToHalt();
            assertEquals(0x42, synced.registers().rax());
        }
    }

    @Test
    void nestedStateGoesInAndOut() {
        try (TestGuest guest = TestGuest.of("f4")) {
            guest.assume(Capability.NESTED_STATE);
            guest.vcpu().setCpuId(guest.kvm().supportedCpuId());
            NestedState state = guest.vcpu().nestedState();
            assertFalse(state.isInGuestMode());
            assertTrue(state.content().size() >= 128);
            guest.vcpu().setNestedState(state);
            assertEquals(state, guest.vcpu().nestedState());
        }
    }

    @Test
    void theTscCountsAtAFrequencyWithAnOffset() {
        try (TestGuest guest = TestGuest.of("f4")) {
            guest.assume(Capability.GET_TSC_KHZ);
            VcpuClock clock = guest.vcpu().clock();
            int kHz = clock.tscFrequency();
            assertTrue(kHz > 0, () -> kHz + " kHz");
            clock.setTscFrequency(kHz);
            assertEquals(kHz, clock.tscFrequency());
            assumeTrue(clock.hasTscOffset(), "host lacks KVM_VCPU_TSC_OFFSET");
            HardwareVirtualization.assume();
            long offset = clock.tscOffset() - 1_000_000;
            clock.setTscOffset(offset);
            assertEquals(offset, clock.tscOffset());
        }
    }

    @Test
    void aGuestWithoutItsClockCannotBeToldOfAPause() {
        try (TestGuest guest = TestGuest.of("f4")) {
            guest.assume(Capability.KVMCLOCK_CTRL);
            assertThrows(LinuxException.class, () -> guest.vcpu().clock().notePause());
            int systemTime = 0x4b56_4d01;
            guest.vcpu().setCpuId(guest.kvm().supportedCpuId());
            guest.vcpu().msrs().set(systemTime, 0x6000 | 1);
            guest.vcpu().clock().notePause();
        }
    }

    @Test
    void theVmsClockCanBeSet() {
        try (TestGuest guest = TestGuest.of("f4")) {
            guest.assume(Capability.ADJUST_CLOCK);
            assertTrue(guest.vm().clock().nanoseconds() > 0);
            long hour = 3_600_000_000_000L;
            guest.vm().setClock(ClockData.at(hour));
            assertTrue(guest.vm().clock().nanoseconds() >= hour);
        }
    }

    @Test
    void theVmsTscFrequencyCanBeSet() {
        try (Kvm kvm = Kvm.open();
                Vm vm = kvm.createVm()) {
            TestGuest.assume(vm, Capability.VM_TSC_CONTROL);
            int kHz = vm.tscFrequency();
            vm.setTscFrequency(kHz);
            assertEquals(kHz, vm.tscFrequency());
        }
    }

    @Test
    void machineChecksCanBeSetUpAndRaised() {
        try (TestGuest guest = TestGuest.of("f4")) {
            guest.assume(Capability.MCE);
            long banks = 2;
            guest.vcpu().setCpuId(guest.kvm().supportedCpuId());
            guest.vcpu()
                    .setUpMachineChecks(guest.kvm().machineCheckCapabilities() & ~0xffL | banks);
            long valid = 1L << 63;
            guest.vcpu().raise(new MachineCheck(1, valid, 0x1000, 0, 0));
            int status1 = 0x405;
            assertNotEquals(0, guest.vcpu().msrs().get(status1) & valid);
        }
    }

    @Test
    void anotherVcpuCanBeTheBootstrapProcessor() {
        try (Kvm kvm = Kvm.open();
                Vm vm = kvm.createVm()) {
            TestGuest.assume(vm, Capability.SET_BOOT_CPU_ID);
            TestGuest.assume(vm, Capability.IRQCHIP);
            vm.setBootCpu(1);
            vm.irqchip().create();
            Vcpu application = vm.createVcpu(0);
            Vcpu bootstrap = vm.createVcpu(1);
            assertEquals(MpState.UNINITIALIZED, application.interrupts().mpState());
            assertEquals(MpState.RUNNABLE, bootstrap.interrupts().mpState());
        }
    }
}
