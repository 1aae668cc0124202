package kvm4j.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.bindings.libc.Libc;
import kvm4j.linux.LinuxException;
import kvm4j.x86.Bytes;
import kvm4j.x86.MpState;
import kvm4j.x86.Registers;
import kvm4j.x86.VcpuEvents;

import org.junit.jupiter.api.Test;

import java.util.List;

@NeedsKvm
class VcpuInterruptsTest {

    private static final int VECTOR = 0x30;
    private static final int NMI_VECTOR = 2;
    private static final int HANDLER = 0x3000;

    /** sti; nop; nop; hlt; hlt. */
    private static final String ENABLE_AND_HALT = "fb 90 90 f4 f4";

    /** cli; nop; out %al, $0x10; sti; nop; nop; hlt. */
    private static final String ENABLE_LATE = "fa 90 e6 10 fb 90 90 f4";

    /** mov $0x55, %al; out %al, $0xf4; iret. */
    private static final byte[] SAY_SO = {(byte) 0xb0, 0x55, (byte) 0xe6, (byte) 0xf4, (byte) 0xcf};

    private static final VmExit SAID_SO = new VmExit.PortOut(0xf4, 1, List.of(0x55L));

    private static TestGuest handling(String code, int vector) {
        TestGuest guest = TestGuest.of(code);
        guest.memory().putInt(vector * 4L, HANDLER);
        guest.memory().write(HANDLER, SAY_SO);
        return guest;
    }

    @Test
    void anInterruptIsDelivered() {
        try (TestGuest guest = handling(ENABLE_AND_HALT, VECTOR)) {
            guest.runToHalt();
            assertTrue(guest.vcpu().exit().interruptFlag());
            assertTrue(guest.vcpu().exit().readyForInterruptInjection());
            guest.vcpu().interrupts().inject(VECTOR);
            assertEquals(SAID_SO, guest.run());
            guest.runToHalt();
        }
    }

    @Test
    void theWindowForAnInterruptIsAwaited() {
        HardwareVirtualization.assume();
        try (TestGuest guest = handling(ENABLE_LATE, VECTOR)) {
            assertEquals(new VmExit.PortOut(0x10, 1, List.of(0L)), guest.run());
            assertFalse(guest.vcpu().exit().interruptFlag());
            guest.vcpu().exit().requestInterruptWindow(true);
            assertEquals(new VmExit.InterruptWindowOpen(), guest.run());
            guest.vcpu().exit().requestInterruptWindow(false);
            guest.vcpu().interrupts().inject(VECTOR);
            assertEquals(SAID_SO, guest.run());
            guest.runToHalt();
        }
    }

    @Test
    void anNmiIsDeliveredWithInterruptsOff() {
        try (TestGuest guest = handling("90 f4", NMI_VECTOR)) {
            guest.assume(Capability.USER_NMI);
            guest.vcpu().interrupts().injectNmi();
            assertEquals(SAID_SO, guest.run());
            assertTrue(guest.vcpu().interrupts().events().nmi().masked());
            guest.runToHalt();
            assertFalse(guest.vcpu().interrupts().events().nmi().masked());
        }
    }

    @Test
    void anSmiEntersSystemManagementMode() {
        try (TestGuest guest = TestGuest.of("90 f4")) {
            guest.assume(Capability.X86_SMM);
            guest.vcpu().interrupts().injectSmi();
            assertTrue(guest.vcpu().interrupts().events().smi().pending());
        }
    }

    @Test
    void eventsGoInAndOut() {
        try (TestGuest guest = TestGuest.of("90 f4")) {
            guest.assume(Capability.VCPU_EVENTS);
            VcpuInterrupts interrupts = guest.vcpu().interrupts();
            VcpuEvents none = interrupts.events();
            assertFalse(none.exception().injected());
            assertFalse(none.interrupt().injected());
            assertEquals(0, none.interrupt().shadow());
            int sti = 2; // which VMX takes only with interrupts on
            guest.vcpu()
                    .setRegisters(
                            guest.vcpu()
                                    .registers()
                                    .withRflags(Registers.RFLAGS_RESERVED | Registers.RFLAGS_IF));
            interrupts.setEvents(none.withShadow(sti));
            assertNotEquals(0, interrupts.events().interrupt().shadow() & sti);
            guest.runToHalt();
        }
    }

    @Test
    void anExceptionIsInjected() {
        int invalidOpcode = 6;
        try (TestGuest guest = handling("90 f4", invalidOpcode)) {
            guest.assume(Capability.VCPU_EVENTS);
            VcpuInterrupts interrupts = guest.vcpu().interrupts();
            VcpuEvents none = interrupts.events();
            interrupts.setEvents(
                    new VcpuEvents(
                            new VcpuEvents.GuestException(
                                    true, false, invalidOpcode, false, 0, false, 0),
                            none.interrupt(),
                            none.nmi(),
                            0,
                            none.smi(),
                            false,
                            0));
            assertEquals(SAID_SO, guest.run());
        }
    }

    @Test
    void withoutALocalApicInTheKernelAVcpuJustRuns() {
        try (TestGuest guest = TestGuest.of("f4")) {
            guest.assume(Capability.MP_STATE);
            VcpuInterrupts interrupts = guest.vcpu().interrupts();
            assertEquals(MpState.RUNNABLE, interrupts.mpState());
            var refused = assertThrows(LinuxException.class, interrupts::localApic);
            assertTrue(refused.isErrno(Libc.EINVAL()), refused::getMessage);
        }
    }

    @Test
    void withALocalApicAVcpuCanWait() {
        try (TestGuest guest = withIrqchip("f4")) {
            VcpuInterrupts interrupts = guest.vcpu().interrupts();
            interrupts.setMpState(MpState.HALTED);
            assertEquals(MpState.HALTED, interrupts.mpState());
            interrupts.setMpState(MpState.RUNNABLE);
            var refused = assertThrows(LinuxException.class, () -> interrupts.inject(VECTOR));
            assertTrue(refused.isErrno(Libc.ENXIO()), refused::getMessage);
            assertThrows(IllegalArgumentException.class, () -> interrupts.inject(256));
            assertThrows(IllegalArgumentException.class, () -> interrupts.inject(-1));
        }
    }

    @Test
    void theLocalApicGoesInAndOut() {
        try (TestGuest guest = withIrqchip("f4")) {
            VcpuInterrupts interrupts = guest.vcpu().interrupts();
            int taskPriority = 0x80;
            Bytes changed = interrupts.localApic().withInt(taskPriority, 0x20);
            interrupts.setLocalApic(changed);
            assertEquals(0x20, interrupts.localApic().intAt(taskPriority));
            assertThrows(IllegalArgumentException.class, () -> interrupts.setLocalApic(Bytes.of()));
        }
    }

    @Test
    void reportsOfTheTaskPriorityCanBeSwitched() {
        try (TestGuest guest = withIrqchip("f4")) {
            guest.assume(Capability.VAPIC);
            VcpuInterrupts interrupts = guest.vcpu().interrupts();
            interrupts.setVapicAddress(0x6000);
            interrupts.reportTaskPriorityAccesses(true);
            interrupts.reportTaskPriorityAccesses(false);
            interrupts.setVapicAddress(0);
        }
    }

    private static TestGuest withIrqchip(String code) {
        return TestGuest.of(
                code,
                vm -> {
                    TestGuest.assume(vm, Capability.IRQCHIP);
                    vm.irqchip().create();
                });
    }

    @Test
    void aTripleFaultCanBeAmongTheEvents() {
        try (TestGuest guest = TestGuest.of("90 f4")) {
            guest.assume(Capability.X86_TRIPLE_FAULT_EVENT);
            guest.vm().enable(Capability.X86_TRIPLE_FAULT_EVENT, 1);
            VcpuInterrupts interrupts = guest.vcpu().interrupts();
            VcpuEvents none = interrupts.events();
            assertFalse(none.tripleFault());
            interrupts.setEvents(
                    new VcpuEvents(
                            none.exception(),
                            none.interrupt(),
                            none.nmi(),
                            0,
                            none.smi(),
                            true,
                            VcpuEvents.TRIPLE_FAULT_VALID));
            assertTrue(interrupts.events().tripleFault());
            assertEquals(new VmExit.Shutdown(), guest.run());
        }
    }

    @Test
    void aTripleFaultIsAShutdown() {
        HardwareVirtualization.assume();
        // lidt of nothing; ud2
        try (TestGuest guest = TestGuest.of("0f 01 1e 00 20 0f 0b")) {
            assertInstanceOf(VmExit.Shutdown.class, guest.run());
        }
    }
}
