package kvm4j.claims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import kvm4j.guests.Guest;
import kvm4j.kvm.Capability;
import kvm4j.kvm.ExitReason;
import kvm4j.kvm.NeedsKvm;
import kvm4j.kvm.memory.MemorySlot;
import kvm4j.linux.MemoryFile;
import kvm4j.memory.Backing;
import kvm4j.memory.GuestMemory;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.List;

/**
 * Claim: when guest-physical addresses get other memory, what the processor remembers of the old is
 * invalidated (INVEPT and INVVPID; on AMD a new ASID): once the call has returned, no access of the
 * guest reaches it any more. Shown by a guest that reads and writes one place without an exit of
 * its own, while a memory slot there is moved, replaced, made read-only and deleted.
 */
@NeedsKvm
class MemorySlotsUnderAGuestTest {

    private static final long HERE = 0x1000_0000;
    private static final long ELSEWHERE = 0x2000_0000;
    private static final long SIZE = 16 * GuestMemory.PAGE_SIZE;

    /** The place that the guest reads; what it writes is behind. */
    private static final long PLACE = HERE + 0x3008;

    private static final long WRITTEN = PLACE + Long.BYTES;
    private static final long ROUNDS_DONE = Guest.COUNTERS + Long.BYTES;

    private DrivenGuest guest;
    private GuestThread thread;

    @BeforeEach
    void boot() {
        guest = DrivenGuest.of(Guest.WATCH, 1, 0, PLACE);
    }

    @AfterEach
    void end() {
        if (thread != null) {
            thread.close();
        }
        guest.close();
    }

    private static GuestMemory memoryWith(long value) {
        GuestMemory memory = GuestMemory.builder().ram(HERE, SIZE).build();
        memory.putLong(PLACE, value);
        return memory;
    }

    private long roundsDone() {
        return guest.memory().getLong(ROUNDS_DONE);
    }

    /** What the guest reads in a round that begins after now, and whose write is done too. */
    private long seen() throws InterruptedException {
        long done = roundsDone();
        while (roundsDone() < done + 2) {
            assertTrue(thread.isRunning());
            Thread.sleep(1);
        }
        return guest.memory().getLong(Guest.COUNTERS);
    }

    private void start() {
        thread = GuestThread.start(guest.vcpu(0));
    }

    /**
     * Does something, after which the guest reads this, and what it wrote until then is its last.
     */
    private void assertGone(GuestMemory old, Runnable change, long nowSeen)
            throws InterruptedException {
        change.run();
        long last = old.getLong(WRITTEN);
        assertEquals(nowSeen, seen());
        seen();
        assertEquals(last, old.getLong(WRITTEN), "a write came after the slot was gone");
    }

    @Test
    void aSlotThatIsDeletedIsSeenAtOnce() throws InterruptedException {
        try (GuestMemory memory = memoryWith(7)) {
            MemorySlot slot = guest.vm().map(memory).getFirst();
            start();
            assertEquals(7, seen());
            assertEquals(0, thread.mmioReads() + thread.mmioWrites());
            assertGone(memory, slot::remove, GuestThread.NOTHING);
            assertTrue(thread.mmioReads() > 0 && thread.mmioWrites() > 0);
        }
    }

    @Test
    void aSlotThatIsMovedIsSeenAtOnce() throws InterruptedException {
        try (GuestMemory memory = memoryWith(7)) {
            MemorySlot slot = guest.vm().map(memory).getFirst();
            start();
            for (long value = 8; value < 40; value++) {
                assertGone(memory, () -> slot.moveTo(ELSEWHERE), GuestThread.NOTHING);
                memory.putLong(PLACE, value);
                slot.moveTo(HERE);
                assertEquals(value, seen());
            }
        }
    }

    @Test
    void aSlotThatIsReplacedIsSeenAtOnce() throws InterruptedException {
        try (GuestMemory one = memoryWith(7);
                GuestMemory two = memoryWith(8)) {
            MemorySlot slot = guest.vm().map(one).getFirst();
            start();
            for (int i = 0; i < 32; i++) {
                GuestMemory old = i % 2 == 0 ? one : two;
                GuestMemory fresh = i % 2 == 0 ? two : one;
                MemorySlot replaced = slot;
                assertEquals(old.getLong(PLACE), seen());
                var replacement = new MemorySlot[1];
                assertGone(
                        old,
                        () -> {
                            replaced.remove();
                            replacement[0] = guest.vm().map(fresh).getFirst();
                        },
                        fresh.getLong(PLACE));
                slot = replacement[0];
                long written = fresh.getLong(WRITTEN);
                seen();
                assertTrue(fresh.getLong(WRITTEN) > written);
            }
        }
    }

    /** The same memory, for reading only: KVM wants the slot removed and created again for that. */
    @Test
    void aSlotThatIsMadeReadOnlyIsSeenAtOnce() throws InterruptedException {
        assumeTrue(
                guest.vm().check(Capability.READONLY_MEM) > 0, "host lacks KVM_CAP_READONLY_MEM");
        try (MemoryFile file = MemoryFile.create("slot", SIZE);
                GuestMemory ram =
                        GuestMemory.builder()
                                .ram(HERE, SIZE)
                                .backing(new Backing.Shared(file))
                                .build();
                GuestMemory rom =
                        GuestMemory.builder()
                                .rom(HERE, SIZE)
                                .backing(new Backing.Shared(file))
                                .build()) {
            ram.putLong(PLACE, 7);
            MemorySlot slot = guest.vm().map(ram).getFirst();
            start();
            assertEquals(7, seen());
            assertGone(
                    ram,
                    () -> {
                        slot.remove();
                        guest.vm().map(rom);
                    },
                    7);
            long refused = thread.mmioWrites();
            ram.putLong(PLACE, 8);
            assertEquals(8, seen());
            assertTrue(thread.mmioWrites() > refused, "writes are ours to answer");
        }
    }

    /** Another VM's guest goes on with its own memory, without a single exit. */
    @Test
    void theNeighbourDoesNotNotice() throws InterruptedException {
        try (DrivenGuest neighbour = DrivenGuest.of(Guest.WATCH, 1, 0, PLACE);
                GuestMemory memory = memoryWith(7);
                GuestMemory others = memoryWith(9)) {
            MemorySlot slot = guest.vm().map(memory).getFirst();
            neighbour.vm().map(others);
            start();
            try (GuestThread other = GuestThread.start(neighbour.vcpu(0))) {
                for (int i = 0; i < 10; i++) {
                    assertEquals(7, seen());
                    assertGone(memory, () -> slot.moveTo(ELSEWHERE), GuestThread.NOTHING);
                    slot.moveTo(HERE);
                }
                long done = neighbour.memory().getLong(ROUNDS_DONE);
                while (neighbour.memory().getLong(ROUNDS_DONE) < done + 2) {
                    assertTrue(other.isRunning());
                    Thread.sleep(1);
                }
                assertEquals(9, neighbour.memory().getLong(Guest.COUNTERS));
                assertEquals(0, other.mmioReads() + other.mmioWrites());
            }
        }
    }

    /** Only the vCPU whose memory changed forgets, before its next entry. */
    @Test
    void translationsAreInvalidatedSelectively() {
        VendorModule module = VendorModule.ofThisHost();
        KernelTrace.assumeAvailable();
        List<String> flush = List.of(module.translationFlush());
        try (DrivenGuest changed = DrivenGuest.of(Guest.PIO, 1);
                DrivenGuest unchanged = DrivenGuest.of(Guest.PIO, 1);
                GuestMemory memory = memoryWith(7)) {
            MemorySlot slot = changed.vm().map(memory).getFirst();
            takeTurns(changed, unchanged);
            try (KernelTrace trace = KernelTrace.ofGuestsAndCalls(flush)) {
                takeTurns(changed, unchanged);
                assertEquals(List.of(), trace.calls(), "nothing changed");
                slot.remove();
                assertEquals(ExitReason.IO, unchanged.vcpu(0).run());
                assertEquals(List.of(), trace.calls(), "the other VM is not concerned");
                assertEquals(ExitReason.IO, changed.vcpu(0).run());
                assertEquals(flush, trace.calls().stream().distinct().toList());
            }
        }
    }

    private static void takeTurns(DrivenGuest one, DrivenGuest other) {
        for (int turn = 0; turn < 10; turn++) {
            assertEquals(ExitReason.IO, one.vcpu(0).run());
            assertEquals(ExitReason.IO, other.vcpu(0).run());
        }
    }
}
