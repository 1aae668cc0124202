package kvm4j.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** Devices that move on their bus and leave it, also under the threads that access them. */
class BusAttachmentTest {

    private static final long BASE = 0xd000_0000L;

    private final PortBus ports = new PortBus();
    private final MmioBus mmio = new MmioBus();
    private final RecordingDevice low = new RecordingDevice(0x11);
    private final RecordingDevice high = new RecordingDevice(0x22);

    @Test
    void aDeviceOnPortsMoves() {
        BusAttachment attachment = ports.attach(0x10f8, 16, low);
        BusCursor cursor = ports.cursor();
        assertEquals(0x11, cursor.read(0x10f8, 1));
        attachment.moveTo(0x2000);
        assertEquals(0xff, cursor.read(0x10f8, 1));
        assertEquals(0xff, ports.read(0x1107, 1));
        assertEquals(0x11, cursor.read(0x200f, 1));
        assertEquals(0x2000, attachment.start());
        assertEquals(List.of("read 0 1", "read f 1"), low.accesses);
        ports.attach(0x10f8, 16, high);
        assertEquals(0x22, cursor.read(0x1100, 1));
    }

    @Test
    void aDeviceInMemoryMoves() {
        BusAttachment attachment = mmio.attach(BASE, 0x1000, low);
        BusCursor cursor = mmio.cursor();
        assertEquals(0x11, cursor.read(BASE, 1));
        attachment.moveTo(BASE + 0x4000);
        assertEquals(0xff, cursor.read(BASE, 1));
        assertEquals(0x11, cursor.read(BASE + 0x4fff, 1));
        mmio.attach(BASE, 0x1000, high);
        assertEquals(0x22, cursor.read(BASE, 1));
    }

    @Test
    void aMoveMayBeShorterThanTheDevice() {
        BusAttachment onPorts = ports.attach(0x100, 8, low);
        onPorts.moveTo(0x104);
        assertEquals(0xff, ports.read(0x103, 1));
        assertEquals(0x11, ports.read(0x10b, 1));
        BusAttachment inMemory = mmio.attach(BASE, 0x1000, low);
        inMemory.moveTo(BASE - 1);
        assertEquals(0x11, mmio.read(BASE - 1, 1));
        assertEquals(0xff, mmio.read(BASE + 0xfff, 1));
    }

    @Test
    void aDetachedDeviceLeavesItsPlaceFree() {
        BusAttachment attachment = ports.attach(0x100, 8, low);
        BusCursor cursor = ports.cursor();
        cursor.write(0x100, 1, 1);
        attachment.close();
        attachment.close();
        cursor.write(0x100, 1, 2);
        assertEquals(List.of("write 0 1 1"), low.accesses);
        assertThrows(IllegalStateException.class, () -> attachment.moveTo(0x200));
        ports.attach(0x100, 8, high);
        attachment.close();
        assertEquals(0x22, cursor.read(0x107, 1));
    }

    @Test
    void aDeviceStaysWhereItCannotMove() {
        BusAttachment attachment = ports.attach(0x100, 8, low);
        ports.attach(0x200, 8, high);
        ports.withhold(0x300, 1, "somebody else");
        for (int start : new int[] {0x1f9, 0x207, 0x2fa, PortBus.PORTS - 7, -1}) {
            assertThrows(IllegalArgumentException.class, () -> attachment.moveTo(start));
        }
        assertEquals(0x11, ports.read(0x100, 1));
        assertEquals(0x100, attachment.start());
    }

    @Test
    void aPlaceThatIsWithheldIsNamed() {
        mmio.withhold(BASE, 0x1000, "the guest's RAM");
        var refused =
                assertThrows(
                        IllegalArgumentException.class, () -> mmio.attach(BASE - 8, 0x10, low));
        assertEquals(
                "no access to GPA 0xd0000000 would reach a device: it belongs to the guest's RAM",
                refused.getMessage());
        mmio.attach(BASE - 8, 8, low);
        assertThrows(
                IllegalArgumentException.class, () -> mmio.withhold(BASE - 1, 1, "who comes late"));
    }

    @Test
    void aBusTellsWhereWhatIsAttachedIsNow() {
        BusAttachment first = ports.attach(0x100, 8, low);
        BusAttachment second = ports.attach(0x200, 8, high);
        List<BusAttachment> before = ports.attachments();
        assertSame(before, ports.attachments());
        first.moveTo(0x300);
        assertEquals(List.of(second, first), ports.attachments());
        second.close();
        assertEquals(List.of(first), ports.attachments());
        assertEquals(List.of(first, second), before);
    }

    @Test
    void aBusTellsWhatIsAttached() {
        ports.attach(0x200, 8, high);
        BusAttachment first = ports.attach(0x100, 8, low);
        ports.attach(0x300, 1, low).close();
        assertEquals(
                List.of(0x100L, 0x200L),
                ports.attachments().stream().map(BusAttachment::start).toList());
        assertSame(first, ports.attachments().getFirst());
        assertSame(low, first.device());
        assertEquals(8, first.length());
    }

    /** Two places far from each other: whoever reads both, one after the other, misses none. */
    @Test
    void aMovingDeviceIsAlwaysSomewhere() throws InterruptedException {
        MovingDevice device = new MovingDevice(mmio.attach(BASE, 4, new RegisterAtAnyPlace()));
        AtomicBoolean lost = new AtomicBoolean();
        Thread mover = Thread.ofPlatform().start(device::move);
        BusCursor cursor = mmio.cursor();
        while (mover.isAlive()) {
            long before = device.moves;
            boolean seen =
                    cursor.read(BASE, 4) == RegisterAtAnyPlace.VALUE
                            || cursor.read(BASE + 0x1000, 4) == RegisterAtAnyPlace.VALUE;
            lost.compareAndSet(false, !seen && device.moves == before && before % 2 == 0);
        }
        mover.join();
        assertTrue(!lost.get());
    }

    private static final class RegisterAtAnyPlace implements BusDevice {

        private static final long VALUE = 0x1234_5678;

        @Override
        public long read(long offset, int size) {
            return VALUE;
        }

        @Override
        public void write(long offset, int size, long value) {}
    }

    private static final class MovingDevice {

        private static final int MOVES = 20_000;

        private final BusAttachment attachment;

        /** Odd while it moves. */
        private volatile long moves;

        MovingDevice(BusAttachment attachment) {
            this.attachment = attachment;
        }

        @SuppressWarnings("NonAtomicOperationOnVolatileField") // one thread writes
        void move() {
            for (int i = 0; i < MOVES; i++) {
                moves++;
                attachment.moveTo(BASE + (i & 1) * 0x1000);
                moves++;
            }
        }
    }
}
