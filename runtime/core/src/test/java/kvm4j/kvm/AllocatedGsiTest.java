package kvm4j.kvm;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.kvm.irq.AllocatedGsi;
import kvm4j.kvm.irq.IrqRoute;
import kvm4j.kvm.irq.Irqchip;
import kvm4j.linux.Errno;
import kvm4j.linux.EventFd;
import kvm4j.linux.LinuxException;
import kvm4j.linux.MemoryFile;
import kvm4j.x86.Bytes;
import kvm4j.x86.IoApicState;
import kvm4j.x86.Msi;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

@NeedsKvm
@Timeout(60)
class AllocatedGsiTest {

    /** What the master PIC's line 5 is at the I/O APIC, too. */
    private static final int PIN = 5;

    private static final int ROUNDS = 2000;

    private static TestGuest withIrqchip() {
        return guest(vm -> vm.irqchip().create());
    }

    private static TestGuest withSplitIrqchip() {
        return guest(vm -> vm.irqchip().createSplit(IoApicState.PINS));
    }

    private static TestGuest guest(java.util.function.Consumer<Vm> controllers) {
        TestGuest guest =
                TestGuest.of(
                        "f4",
                        vm -> {
                            TestGuest.assume(vm, Capability.IRQ_ROUTING);
                            TestGuest.assume(vm, Capability.SPLIT_IRQCHIP);
                            TestGuest.assume(vm, Capability.IRQFD);
                            controllers.accept(vm);
                        });
        VcpuInterrupts interrupts = guest.vcpu().interrupts();
        // spurious interrupt vector register: software enable
        interrupts.setLocalApic(interrupts.localApic().withInt(0xf0, 0x1ff));
        return guest;
    }

    /**
     * Looks into the interrupt request register, and clears what is found. Nothing is written where
     * nothing is: it would undo what the kernel raises meanwhile.
     */
    private static boolean takeRequest(TestGuest guest, int vector) {
        VcpuInterrupts interrupts = guest.vcpu().interrupts();
        int register = 0x200 + vector / 32 * 16;
        int bit = 1 << vector % 32;
        Bytes apic = interrupts.localApic();
        boolean requested = (apic.intAt(register) & bit) != 0;
        if (requested) {
            interrupts.setLocalApic(apic.withInt(register, apic.intAt(register) & ~bit));
        }
        return requested;
    }

    /**
     * Were the number not held, the kernel would get that of the file that comes next, which is no
     * eventfd: EINVAL, or EBADF where none has come yet.
     */
    @Test
    void anEventThatIsClosedMeanwhileIsAttachedOrRefused() {
        try (TestGuest guest = withIrqchip()) {
            for (int round = 0; round < ROUNDS; round++) {
                EventFd event = EventFd.create();
                EventFd acknowledged = EventFd.create();
                var closing =
                        CompletableFuture.runAsync(
                                () -> {
                                    event.close();
                                    acknowledged.close();
                                    MemoryFile.create("next", 4096).close();
                                });
                try {
                    guest.vm().irqchip().attach(event, PIN).close();
                    guest.vm().irqchip().attach(event, acknowledged, PIN).close();
                    // who is closed before it is detached stays at its port
                    guest.vm().attach(Doorbell.port(0x1000 + round, 1), event).close();
                } catch (IllegalStateException closed) {
                    assertTrue(event.isClosed() || acknowledged.isClosed());
                }
                closing.join();
            }
        }
    }

    /** The kernel may deliver what an eventfd raises a little later, from a thread of its own. */
    private static void assertRequested(TestGuest guest, int vector) {
        while (!takeRequest(guest, vector)) {
            Thread.onSpinWait();
        }
    }

    @Test
    void anEventFdSendsAMessageThatCanBeRedirectedAndMasked() {
        try (TestGuest guest = withSplitIrqchip();
                EventFd trigger = EventFd.create();
                AllocatedGsi gsi = guest.vm().irqchip().allocate()) {
            gsi.attach(trigger);
            gsi.routeTo(Msi.fixed(0, 0x51));
            trigger.signal();
            assertRequested(guest, 0x51);
            gsi.routeTo(Msi.fixed(0, 0x61));
            trigger.signal();
            assertRequested(guest, 0x61);
            assertTrue(!takeRequest(guest, 0x51));
            gsi.mask();
            assertEquals(Irqchip.Delivery.IGNORED, guest.vm().irqchip().raise(gsi.number()));
            gsi.routeTo(Msi.fixed(0, 0x71));
            trigger.signal();
            assertRequested(guest, 0x71);
        }
    }

    @Test
    void eachVectorHasItsOwn() {
        try (TestGuest guest = withSplitIrqchip()) {
            Irqchip irqchip = guest.vm().irqchip();
            List<AllocatedGsi> vectors = new ArrayList<>();
            List<EventFd> triggers = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                AllocatedGsi gsi = irqchip.allocate();
                gsi.routeTo(Msi.fixed(0, 0x40 + i));
                EventFd trigger = EventFd.create();
                gsi.attach(trigger);
                vectors.add(gsi);
                triggers.add(trigger);
            }
            for (int i = 63; i >= 0; i--) {
                triggers.get(i).signal();
                assertRequested(guest, 0x40 + i);
            }
            assertEquals(64, irqchip.routes().size());
            vectors.forEach(AllocatedGsi::close);
            assertEquals(List.of(), irqchip.routes());
            triggers.forEach(EventFd::close);
        }
    }

    @Test
    void linesAndAllocatedOnesDoNotUndoEachOther() {
        try (TestGuest guest = withIrqchip();
                AllocatedGsi gsi = guest.vm().irqchip().allocate()) {
            Irqchip irqchip = guest.vm().irqchip();
            assertEquals(IoApicState.PINS, gsi.number());
            gsi.routeTo(Msi.fixed(0, 0x51));
            List<IrqRoute> all = new ArrayList<>(IrqRoute.standard());
            all.add(new IrqRoute.ToMsi(gsi.number(), Msi.fixed(0, 0x51)));
            assertEquals(all, irqchip.routes());
            irqchip.setRoutes(IrqRoute.pc());
            assertEquals(Irqchip.Delivery.DELIVERED, irqchip.raise(gsi.number()));
            assertTrue(takeRequest(guest, 0x51));
            List<IrqRoute> taken = List.of(new IrqRoute.ToMsi(gsi.number(), Msi.fixed(0, 0x30)));
            assertThrows(IllegalArgumentException.class, () -> irqchip.setRoutes(taken));
        }
    }

    @Test
    void numbersThatLinesHaveAreNotFree() {
        try (TestGuest guest = withSplitIrqchip()) {
            Irqchip irqchip = guest.vm().irqchip();
            irqchip.setRoutes(List.of(new IrqRoute.ToMsi(25, Msi.fixed(0, 0x30))));
            try (AllocatedGsi first = irqchip.allocate();
                    AllocatedGsi second = irqchip.allocate()) {
                assertEquals(24, first.number());
                assertEquals(26, second.number());
            }
        }
    }

    @Test
    void aFreedNumberIsGivenAwayAndNobodyElseRaisesIt() {
        try (TestGuest guest = withSplitIrqchip();
                EventFd trigger = EventFd.create()) {
            Irqchip irqchip = guest.vm().irqchip();
            AllocatedGsi first = irqchip.allocate();
            first.attach(trigger);
            first.routeTo(Msi.fixed(0, 0x51));
            first.close();
            first.close();
            assertThrows(IllegalStateException.class, first::mask);
            assertThrows(IllegalStateException.class, () -> first.attach(trigger));
            try (AllocatedGsi second = irqchip.allocate();
                    EventFd other = EventFd.create()) {
                assertEquals(first.number(), second.number());
                second.routeTo(Msi.fixed(0, 0x61));
                trigger.signal();
                second.attach(other);
                second.routeTo(Msi.fixed(0, 0x62));
                other.signal();
                assertRequested(guest, 0x62);
                assertTrue(!takeRequest(guest, 0x61));
            }
        }
    }

    /** For all that drive it from user space, as it keeps one level for them. */
    @Test
    void whoLowersALineOfTheKernelLowersItForAll() {
        try (TestGuest guest = withIrqchip();
                EventFd edge = EventFd.create();
                AllocatedGsi other = guest.vm().irqchip().allocate()) {
            Irqchip irqchip = guest.vm().irqchip();
            other.routeTo(Irqchip.Chip.IO_APIC, PIN);
            irqchip.setLine(PIN, true);
            irqchip.setLine(other.number(), true);
            assertTrue(isHigh(irqchip));
            irqchip.setLine(other.number(), false);
            assertFalse(isHigh(irqchip));
            irqchip.setLine(PIN, true);
            irqchip.attach(edge, PIN);
            edge.signal();
            while (isHigh(irqchip)) { // until a thread of the kernel's has lowered it
                Thread.onSpinWait();
            }
        }
    }

    private static boolean isHigh(Irqchip irqchip) {
        return (irqchip.ioApic().irr() >>> PIN & 1) != 0;
    }

    /** A resampled irqfd; the guest's end of interrupt is told here by the PIC in auto-EOI mode. */
    @Test
    void aLevelTriggeredOneIsAcknowledged() {
        try (TestGuest guest = withIrqchip();
                EventFd trigger = EventFd.create();
                EventFd acknowledged = EventFd.create();
                AllocatedGsi gsi = guest.vm().irqchip().allocate()) {
            guest.assume(Capability.IRQFD_RESAMPLE);
            Irqchip irqchip = guest.vm().irqchip();
            gsi.routeTo(Irqchip.Chip.IO_APIC, PIN);
            gsi.attach(trigger, acknowledged);
            // level-triggered, to vector 0x51 of processor 0
            irqchip.setIoApic(irqchip.ioApic().withRedirection(PIN, 0x8051));
            trigger.signal();
            assertRequested(guest, 0x51);
            assertEquals(0, acknowledged.take());
            // masked and edge-triggered again, which ends it for the I/O APIC
            assertNotEquals(0, irqchip.ioApic().redirections().get(PIN) & 1 << 14, "remote IRR");
            assertEquals(0, acknowledged.await(Duration.ofMillis(1)));
        }
    }

    @Test
    void whatTheKernelRefusesChangesNothing() {
        try (TestGuest guest = withIrqchip();
                AllocatedGsi gsi = guest.vm().irqchip().allocate()) {
            gsi.routeTo(Msi.fixed(0, 0x51));
            var refused =
                    assertThrows(
                            LinuxException.class, () -> gsi.routeTo(Irqchip.Chip.IO_APIC, 1000));
            assertTrue(refused.is(Errno.EINVAL), refused::getMessage);
            guest.vm().irqchip().raise(gsi.number());
            assertTrue(takeRequest(guest, 0x51));
        }
    }

    @Test
    void thereIsAnEndOfThem() {
        try (TestGuest guest = withSplitIrqchip()) {
            Irqchip irqchip = guest.vm().irqchip();
            int limit = guest.vm().check(Capability.IRQ_ROUTING);
            List<AllocatedGsi> all = new ArrayList<>();
            for (int i = IoApicState.PINS; i < limit; i++) {
                all.add(irqchip.allocate());
            }
            var none = assertThrows(IllegalStateException.class, irqchip::allocate);
            assertTrue(none.getMessage().startsWith("no interrupt is free"), none::getMessage);
            all.get(77).close();
            assertEquals(all.get(77).number(), irqchip.allocate().number());
        }
    }

    @Test
    void threadsGetDifferentOnes() {
        try (TestGuest guest = withSplitIrqchip()) {
            Irqchip irqchip = guest.vm().irqchip();
            Set<Integer> numbers = ConcurrentHashMap.newKeySet();
            List<CompletableFuture<Void>> users = new ArrayList<>();
            for (int user = 0; user < 4; user++) {
                users.add(
                        CompletableFuture.runAsync(
                                () -> {
                                    for (int i = 0; i < 20; i++) {
                                        AllocatedGsi gsi = irqchip.allocate();
                                        gsi.routeTo(Msi.fixed(0, 0x51));
                                        assertTrue(numbers.add(gsi.number()));
                                    }
                                }));
            }
            users.forEach(CompletableFuture::join);
            assertEquals(80, numbers.size());
            assertEquals(80, irqchip.routes().size());
        }
    }

    @Test
    @SuppressWarnings("try") // the order of closing is what is tested
    void oneMayOutliveItsVm() {
        try (TestGuest guest = withSplitIrqchip();
                EventFd trigger = EventFd.create()) {
            AllocatedGsi gsi = guest.vm().irqchip().allocate();
            gsi.routeTo(Msi.fixed(0, 0x51));
            gsi.attach(trigger);
            guest.vm().close();
            assertThrows(IllegalStateException.class, gsi::mask);
            assertDoesNotThrow(gsi::close);
        }
    }
}
