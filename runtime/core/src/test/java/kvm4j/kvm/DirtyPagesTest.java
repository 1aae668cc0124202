package kvm4j.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import kvm4j.kvm.memory.DirtyLog;
import kvm4j.linux.LinuxException;
import kvm4j.memory.GuestMemory;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

@NeedsKvm
class DirtyPagesTest {

    /** mov %al, 0x5000; mov %al, 0x9fff; out %al, $0xf4; jmp to the start. */
    private static final String WRITE_TWO_PAGES = "a2 00 50 a2 ff 9f e6 f4 eb f6";

    private static final long FIRST = 5;
    private static final long SECOND = 9;
    private static final long PAGES = TestGuest.MEMORY_SIZE / GuestMemory.PAGE_SIZE;

    private static void writePages(TestGuest guest) {
        assertInstanceOf(VmExit.PortOut.class, guest.run());
    }

    @Test
    void theLogHasWhatWasWrittenSinceTheLastFetch() {
        try (TestGuest guest = TestGuest.of(WRITE_TWO_PAGES);
                DirtyLog log = guest.slot().logDirtyPages()) {
            assertEquals(PAGES, log.pages());
            writePages(guest);
            log.fetch();
            assertTrue(log.isDirty(FIRST));
            assertTrue(log.isDirty(SECOND));
            assertFalse(log.isDirty(SECOND + 1));
            List<Long> pages = new ArrayList<>();
            log.forEachDirtyPage(pages::add);
            assertEquals(log.count(), pages.size());
            assertTrue(pages.containsAll(List.of(FIRST, SECOND)), pages::toString);
            assertEquals(new ArrayList<>(new TreeSet<>(pages)), pages);

            log.fetch();
            assertFalse(log.isDirty(FIRST));
            writePages(guest);
            log.fetch();
            assertTrue(log.isDirty(FIRST));
        }
    }

    @Test
    void memoryCanBeLoggedFromTheFirstOn() {
        try (GuestMemory memory = GuestMemory.builder().ram(1L << 20).rom(1L << 32, 4096).build();
                TestGuest guest = TestGuest.of(WRITE_TWO_PAGES)) {
            guest.slot().remove();
            memory.write(0, guest.memory().read(0, (int) TestGuest.MEMORY_SIZE));
            List<DirtyLog> logs = guest.vm().mapLogged(memory);
            assertEquals(1, logs.size(), "read-only memory has no log");
            DirtyLog log = logs.getFirst();
            assertFalse(log.isDirty(FIRST), "nothing is fetched yet");
            assertEquals(0, log.count());
            writePages(guest);
            log.fetch();
            assertTrue(log.isDirty(FIRST));
            assertTrue(log.isDirty(SECOND));
            log.close();
            assertThrows(IllegalStateException.class, () -> log.isDirty(FIRST));
        }
    }

    @Test
    void aLogThatIsNeverFetchedEndsAsWell() {
        try (TestGuest guest = TestGuest.of(WRITE_TWO_PAGES)) {
            guest.slot().logDirtyPages().close();
            DirtyLog log = guest.slot().logDirtyPages();
            List<Long> pages = new ArrayList<>();
            log.forEachDirtyPage(pages::add);
            assertEquals(List.of(), pages);
            log.close();
            assertThrows(IllegalStateException.class, log::count);
            assertThrows(IllegalStateException.class, () -> log.forEachDirtyPage(pages::add));
        }
    }

    @Test
    void underManualProtectionAFetchOnlyLooks() {
        try (TestGuest guest = TestGuest.of(WRITE_TWO_PAGES)) {
            guest.assume(Capability.MANUAL_DIRTY_LOG_PROTECT2);
            guest.vm().enable(Capability.MANUAL_DIRTY_LOG_PROTECT2, DirtyLog.MANUAL_PROTECT);
            try (DirtyLog log = guest.slot().logDirtyPages()) {
                writePages(guest);
                log.fetch();
                log.fetch();
                assertTrue(log.isDirty(FIRST));
                log.clear();
                log.fetch();
                assertFalse(log.isDirty(FIRST));
                writePages(guest);
                log.fetch();
                assertTrue(log.isDirty(FIRST));
                log.clear(0, PAGES);
                assertThrows(IndexOutOfBoundsException.class, () -> log.clear(0, PAGES + 1));
                assertThrows(IndexOutOfBoundsException.class, () -> log.clear(64, 1));
            }
        }
    }

    @Test
    void everyPageCanCountAsWrittenAtFirst() {
        try (TestGuest guest = TestGuest.of(WRITE_TWO_PAGES)) {
            long both = DirtyLog.MANUAL_PROTECT | DirtyLog.INITIALLY_SET;
            int supported = guest.vm().check(Capability.MANUAL_DIRTY_LOG_PROTECT2);
            assumeTrue((supported & both) == both, "host lacks KVM_DIRTY_LOG_INITIALLY_SET");
            guest.vm().enable(Capability.MANUAL_DIRTY_LOG_PROTECT2, both);
            try (DirtyLog log = guest.slot().logDirtyPages()) {
                log.fetch();
                assertEquals(PAGES, log.count());
            }
        }
    }

    @Test
    @SuppressWarnings("try") // use after close is what is tested
    void aClosedLogIsOfNoUse() {
        try (TestGuest guest = TestGuest.of(WRITE_TWO_PAGES)) {
            DirtyLog log = guest.slot().logDirtyPages();
            assertThrows(IllegalStateException.class, () -> guest.slot().logDirtyPages());
            assertThrows(IndexOutOfBoundsException.class, () -> log.isDirty(PAGES));
            log.close();
            log.close();
            assertThrows(IllegalStateException.class, log::fetch);
            assertThrows(IllegalStateException.class, log::clear);
            assertThrows(IllegalStateException.class, log::count);
            assertThrows(IllegalStateException.class, () -> log.isDirty(0));
            DirtyLog again = guest.slot().logDirtyPages();
            guest.vm().close();
            assertThrows(IllegalStateException.class, again::fetch);
            again.close();
        }
    }

    private static TestGuest withRings(int bytes) {
        return TestGuest.of(
                WRITE_TWO_PAGES,
                vm -> {
                    TestGuest.assume(vm, Capability.DIRTY_LOG_RING);
                    vm.createDirtyRings(bytes);
                });
    }

    @Test
    void theRingHasWhatTheVcpuWrote() {
        try (TestGuest guest = withRings(65536);
                DirtyLog log = guest.slot().logDirtyPages()) {
            writePages(guest);
            assertThrows(LinuxException.class, log::fetch);
            List<Long> pages = new ArrayList<>();
            int count =
                    guest.vcpu()
                            .dirtyRing()
                            .collect(
                                    (slot, page) -> {
                                        assertEquals(guest.slot().number(), slot);
                                        pages.add(page);
                                    });
            assertEquals(count, pages.size());
            assertTrue(pages.containsAll(List.of(FIRST, SECOND)), pages::toString);
            assertEquals(count, guest.vm().resetDirtyRings());
            assertEquals(0, guest.vcpu().dirtyRing().collect((slot, page) -> pages.add(page)));
            writePages(guest);
            assertTrue(guest.vcpu().dirtyRing().collect((slot, page) -> pages.add(page)) > 0);
        }
    }

    @Test
    void theRingGoesRoundAndAFullOneExits() {
        try (TestGuest guest = withRings(16384);
                DirtyLog log = guest.slot().logDirtyPages()) {
            assertEquals(PAGES, log.pages());
            int collected = 0;
            for (int i = 0; i < 6000 && collected < 3000; i++) {
                if (guest.run() instanceof VmExit.DirtyRingFull) {
                    continue;
                }
                collected += guest.vcpu().dirtyRing().collect((slot, page) -> {});
                guest.vm().resetDirtyRings();
            }
            assertTrue(collected >= 3000);
        }
    }

    @Test
    void withoutARingThereIsNone() {
        try (TestGuest guest = TestGuest.of("f4")) {
            assertThrows(IllegalStateException.class, () -> guest.vcpu().dirtyRing());
        }
    }
}
