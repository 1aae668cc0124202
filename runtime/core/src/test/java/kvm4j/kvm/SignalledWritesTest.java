package kvm4j.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.bindings.libc.Libc;
import kvm4j.kvm.memory.CoalescedRing;
import kvm4j.linux.Attachment;
import kvm4j.linux.EventFd;
import kvm4j.linux.LinuxException;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

/** Writes of the guest that do not exit: doorbells and collected writes. */
@NeedsKvm
class SignalledWritesTest {

    private static final int PORT = 0xf4;

    /** mov $7, %al; out %al, $0xf4; mov $8, %al; out %al, $0xf4; hlt. */
    private static final String TWO_OUTS = "b0 07 e6 f4 b0 08 e6 f4 f4";

    private static final long HIGH = 0xf2000;

    /** mov $0x1234, %ax and %ds = 0xf000; mov %ax, 0x2000; mov %al, 0x2002; hlt. */
    private static final String TWO_STORES = "b8 00 f0 8e d8 b8 34 12 a3 00 20 a2 02 20 f4";

    @Test
    void aPortRings() {
        try (TestGuest guest = TestGuest.of(TWO_OUTS);
                EventFd eventFd = EventFd.create()) {
            guest.assume(Capability.IOEVENTFD);
            Attachment attachment = guest.vm().attach(Doorbell.port(PORT, 1), eventFd);
            guest.runToHalt();
            assertEquals(2, eventFd.take());
            attachment.close();
            attachment.close();
            guest.vcpu().setRegisters(guest.vcpu().registers().withRip(TestGuest.ENTRY));
            assertEquals(new VmExit.PortOut(PORT, 1, List.of(7L)), guest.run());
        }
    }

    @Test
    void aValueRingsAlone() {
        try (TestGuest guest = TestGuest.of(TWO_OUTS);
                EventFd eventFd = EventFd.create();
                EventFd other = EventFd.create()) {
            guest.assume(Capability.IOEVENTFD);
            Doorbell eight = Doorbell.port(PORT, 1).matching(8);
            guest.vm().attach(eight, eventFd);
            var taken = assertThrows(LinuxException.class, () -> guest.vm().attach(eight, other));
            assertTrue(taken.isErrno(Libc.EEXIST()), taken::getMessage);
            assertEquals(new VmExit.PortOut(PORT, 1, List.of(7L)), guest.run());
            guest.runToHalt();
            assertEquals(1, eventFd.take());
        }
    }

    @Test
    void anAddressRings() {
        try (TestGuest guest = TestGuest.of(TWO_STORES);
                EventFd eventFd = EventFd.create()) {
            guest.assume(Capability.IOEVENTFD_ANY_LENGTH);
            guest.vm().attach(Doorbell.mmio(HIGH, Doorbell.ANY_LENGTH), eventFd);
            assertEquals(new VmExit.MmioWrite(HIGH + 2, 1, 0x34), guest.run());
            assertEquals(1, eventFd.take());
        }
    }

    @Test
    void doorbellsThatCannotBeAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> Doorbell.port(PORT, 3));
        Doorbell any = Doorbell.port(PORT, Doorbell.ANY_LENGTH);
        assertThrows(IllegalArgumentException.class, () -> any.matching(1));
    }

    /** Writes down what was collected, in order. */
    private static final class Writes implements CoalescedRing.Visitor {
        final List<String> seen = new ArrayList<>();

        @Override
        public void mmio(long address, int length, long value) {
            seen.add("mmio %x/%d=%x".formatted(address, length, value));
        }

        @Override
        public void port(int port, int size, long value) {
            seen.add("port %x/%d=%x".formatted(port, size, value));
        }
    }

    @Test
    void storesAreCollected() {
        try (TestGuest guest = TestGuest.of(TWO_STORES)) {
            guest.assume(Capability.COALESCED_MMIO);
            Attachment zone = guest.vm().coalesceMmio(HIGH, 0x1000);
            guest.runToHalt();
            Writes writes = new Writes();
            assertEquals(2, guest.vcpu().coalescedRing().drain(writes));
            assertEquals(List.of("mmio f2000/2=1234", "mmio f2002/1=34"), writes.seen);
            assertEquals(0, guest.vcpu().coalescedRing().drain(writes));
            zone.close();
            guest.vcpu().setRegisters(guest.vcpu().registers().withRip(TestGuest.ENTRY));
            assertEquals(new VmExit.MmioWrite(HIGH, 2, 0x1234), guest.run());
        }
    }

    @Test
    void portWritesAreCollected() {
        try (TestGuest guest = TestGuest.of(TWO_OUTS)) {
            guest.assume(Capability.COALESCED_PIO);
            guest.vm().coalescePorts(PORT, 1);
            guest.runToHalt();
            Writes writes = new Writes();
            guest.vcpu().coalescedRing().drain(writes);
            assertEquals(List.of("port f4/1=7", "port f4/1=8"), writes.seen);
        }
    }

    @Test
    void theRingGoesRound() {
        try (TestGuest guest = TestGuest.of(TWO_OUTS)) {
            guest.assume(Capability.COALESCED_PIO);
            guest.vm().coalescePorts(PORT, 1);
            Writes writes = new Writes();
            CoalescedRing ring = guest.vcpu().coalescedRing();
            for (int i = 0; i < 200; i++) {
                guest.vcpu().setRegisters(guest.vcpu().registers().withRip(TestGuest.ENTRY));
                guest.runToHalt();
                assertEquals(2, ring.drain(writes));
            }
            assertEquals("port f4/1=8", writes.seen.getLast());
        }
    }
}
