package kvm4j.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.bindings.libc.Libc;
import kvm4j.kvm.irq.IrqRoute;
import kvm4j.kvm.irq.Irqchip;
import kvm4j.kvm.irq.Pit;
import kvm4j.linux.Attachment;
import kvm4j.linux.EventFd;
import kvm4j.linux.LinuxException;
import kvm4j.x86.IoApicState;
import kvm4j.x86.Msi;
import kvm4j.x86.PicState;
import kvm4j.x86.PitChannel;
import kvm4j.x86.PitState;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

@NeedsKvm
class IrqchipTest {

    private static final int LINE = 5;
    private static final int VECTOR = 0x25;
    private static final int DEBUG_PORT = 0xf4;

    /** sti; hlt; jmp to the hlt. */
    private static final String WAIT_FOR_INTERRUPTS = "fb f4 eb fd";

    /** out %al, $0xf4; iret: what the guest does at vector 0x25. */
    private static final byte[] HANDLER = {(byte) 0xe6, (byte) DEBUG_PORT, (byte) 0xcf};

    private static final int HANDLER_ADDRESS = 0x3000;

    private static TestGuest withIrqchip(String code) {
        return TestGuest.of(
                code,
                vm -> {
                    TestGuest.assume(vm, Capability.IRQCHIP);
                    vm.irqchip().create();
                });
    }

    /** A guest that says so at its debug port when line 5 of the master PIC interrupts it. */
    private static TestGuest waiting() {
        TestGuest guest = withIrqchip(WAIT_FOR_INTERRUPTS);
        guest.memory().putInt(VECTOR * 4L, HANDLER_ADDRESS);
        guest.memory().write(HANDLER_ADDRESS, HANDLER);
        Irqchip irqchip = guest.vm().irqchip();
        PicState pic = irqchip.pic(Irqchip.Chip.PIC_MASTER);
        irqchip.setPic(
                Irqchip.Chip.PIC_MASTER,
                new PicState(
                        0,
                        0,
                        0xff & ~(1 << LINE),
                        0,
                        0,
                        VECTOR - LINE,
                        0,
                        0,
                        0,
                        0,
                        1,
                        0,
                        0,
                        0,
                        pic.elcr(),
                        pic.elcrMask()));
        return guest;
    }

    private static void assertInterrupted(TestGuest guest) {
        assertEquals(new VmExit.PortOut(DEBUG_PORT, 1, List.of(0L)), guest.run());
    }

    @Test
    void aLineInterruptsTheGuest() {
        try (TestGuest guest = waiting()) {
            guest.vm().irqchip().setLine(LINE, true);
            assertInterrupted(guest);
            guest.vm().irqchip().setLine(LINE, false);
        }
    }

    @Test
    void tellsWhatBecameOfAnInterrupt() {
        try (TestGuest guest = waiting()) {
            guest.assume(Capability.IRQ_INJECT_STATUS);
            Irqchip irqchip = guest.vm().irqchip();
            assertEquals(Irqchip.Delivery.DELIVERED, irqchip.raise(LINE));
            irqchip.setLine(LINE, false);
            assertEquals(Irqchip.Delivery.COALESCED, irqchip.raise(LINE));
            assertInterrupted(guest);
        }
    }

    @Test
    void anEventFdInterruptsTheGuest() {
        try (TestGuest guest = waiting();
                EventFd trigger = EventFd.create()) {
            guest.assume(Capability.IRQFD);
            Attachment attachment = guest.vm().irqchip().attach(trigger, LINE);
            var twice =
                    assertThrows(
                            LinuxException.class, () -> guest.vm().irqchip().attach(trigger, LINE));
            assertTrue(twice.isErrno(Libc.EBUSY()), twice::getMessage);
            trigger.signal();
            assertInterrupted(guest);
            attachment.close();
            guest.vm().irqchip().attach(trigger, LINE).close();
        }
    }

    @Test
    @SuppressWarnings("try") // the order of closing is what is tested
    void anAttachmentMayOutliveWhatItAttaches() {
        try (TestGuest guest = waiting()) {
            guest.assume(Capability.IRQFD);
            EventFd trigger = EventFd.create();
            Attachment attachment = guest.vm().irqchip().attach(trigger, LINE);
            trigger.close();
            attachment.close();
            EventFd other = EventFd.create();
            Attachment ofVm = guest.vm().irqchip().attach(other, LINE);
            guest.vm().close();
            ofVm.close();
            ofVm.close();
            other.close();
        }
    }

    @Test
    void aLevelInterruptIsAcknowledged() {
        try (TestGuest guest = waiting();
                EventFd trigger = EventFd.create();
                EventFd acknowledged = EventFd.create()) {
            guest.assume(Capability.IRQFD_RESAMPLE);
            guest.vm().irqchip().attach(trigger, acknowledged, LINE);
            trigger.signal();
            assertInterrupted(guest);
            assertEquals(1, acknowledged.await(Duration.ofSeconds(10)));
        }
    }

    @Test
    void routesDecideWhereALineGoes() {
        try (TestGuest guest = waiting()) {
            guest.assume(Capability.IRQ_ROUTING);
            List<IrqRoute> routes = new ArrayList<>(IrqRoute.standard());
            routes.add(new IrqRoute.ToChip(40, Irqchip.Chip.PIC_MASTER, LINE));
            routes.add(new IrqRoute.ToMsi(41, Msi.fixed(0, VECTOR)));
            guest.vm().irqchip().setRoutes(routes);
            guest.vm().irqchip().setLine(40, true);
            assertInterrupted(guest);
            guest.vm().irqchip().setRoutes(List.of());
            assertEquals(Irqchip.Delivery.IGNORED, guest.vm().irqchip().raise(LINE));
        }
    }

    @Test
    void aMessageReachesTheLocalApic() {
        try (TestGuest guest = withIrqchip("f4")) {
            guest.assume(Capability.SIGNAL_MSI);
            VcpuInterrupts interrupts = guest.vcpu().interrupts();
            // spurious interrupt vector register: software enable
            interrupts.setLocalApic(interrupts.localApic().withInt(0xf0, 0x1ff));
            assertEquals(
                    Irqchip.Delivery.DELIVERED, guest.vm().irqchip().signal(Msi.fixed(0, 0x51)));
            assertNotEquals(
                    Irqchip.Delivery.DELIVERED, guest.vm().irqchip().signal(Msi.fixed(9, 0x51)));
            // interrupt request register: one bit for each vector, 32 in each 16 bytes
            int requests = interrupts.localApic().intAt(0x200 + 0x51 / 32 * 16);
            assertEquals(1 << 0x51 % 32, requests);
        }
    }

    @Test
    void theStateOfTheChipsGoesInAndOut() {
        try (TestGuest guest = withIrqchip("f4")) {
            Irqchip irqchip = guest.vm().irqchip();
            IoApicState ioApic = irqchip.ioApic();
            assertEquals(0xfec0_0000L, ioApic.baseAddress());
            irqchip.setIoApic(ioApic.withRedirection(3, 0x1_0042));
            assertEquals(0x1_0042, irqchip.ioApic().redirections().get(3));
            assertThrows(IllegalArgumentException.class, () -> irqchip.pic(Irqchip.Chip.IO_APIC));
        }
    }

    @Test
    void aSplitIrqchipHasLocalApicsAlone() {
        try (TestGuest guest =
                TestGuest.of(
                        "f4",
                        vm -> {
                            TestGuest.assume(vm, Capability.SPLIT_IRQCHIP);
                            vm.irqchip().createSplit(IoApicState.PINS);
                        })) {
            assertEquals(4096 / 4, guest.vcpu().interrupts().localApic().size());
            assertThrows(LinuxException.class, () -> guest.vm().irqchip().ioApic());
            guest.vm().irqchip().setRoutes(List.of(new IrqRoute.ToMsi(0, Msi.fixed(0, 0x30))));
        }
    }

    @Test
    void withoutAnIrqchipThereIsNothingToRaise() {
        try (TestGuest guest = TestGuest.of("f4")) {
            var refused =
                    assertThrows(
                            LinuxException.class, () -> guest.vm().irqchip().setLine(LINE, true));
            assertTrue(refused.isErrno(Libc.ENXIO()), refused::getMessage);
        }
    }

    @Test
    void theIntervalTimerKeepsItsState() {
        try (TestGuest guest = withIrqchip("f4")) {
            guest.assume(Capability.PIT2);
            Pit pit = guest.vm().pit();
            pit.createWithSpeaker();
            pit.setReinjection(false);
            PitState state = pit.state();
            List<PitChannel> channels = new ArrayList<>(state.channels());
            channels.set(2, channels.get(2).withCount(0x1234));
            pit.setState(new PitState(channels, state.flags()));
            assertEquals(0x1234, pit.state().channels().get(2).count());
            var twice = assertThrows(LinuxException.class, pit::create);
            assertTrue(twice.isErrno(Libc.EEXIST()), twice::getMessage);
        }
    }
}
