package kvm4j.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

class HostWriteLogTest {

    private static final long PAGE = GuestMemory.PAGE_SIZE;
    private static final long HIGH = 1L << 32;
    private static final long SIZE = 300 * PAGE;

    private final GuestMemory memory = GuestMemory.builder().ram(0, SIZE).ram(HIGH, SIZE).build();

    @AfterEach
    void close() {
        memory.close();
    }

    private static List<Long> collect(HostWriteLog log) {
        List<Long> pages = new ArrayList<>();
        assertEquals(log.collect(gpa -> pages.add(gpa / PAGE)), pages.size());
        return pages;
    }

    @Test
    void eachWayToWriteIsLogged() {
        try (HostWriteLog log = memory.logHostWrites()) {
            memory.putByte(0, (byte) 0);
            memory.putShort(2 * PAGE, (short) 0);
            memory.putInt(4 * PAGE, 0);
            memory.putLong(6 * PAGE, 0);
            memory.write(8 * PAGE, new byte[1]);
            memory.write(10 * PAGE, MemorySegment.ofArray(new byte[1]));
            memory.fill(12 * PAGE, 1, (byte) 1);
            memory.fill(14 * PAGE, PAGE, (byte) 0);
            memory.writeString(16 * PAGE, "");
            memory.slice(18 * PAGE, 1).set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
            memory.markWritten(18 * PAGE, 1);
            assertEquals(List.of(0L, 2L, 4L, 6L, 8L, 10L, 12L, 14L, 16L, 18L), collect(log));
            assertEquals(List.of(), collect(log));
        }
    }

    @Test
    void whatIsReadIsNot() {
        try (HostWriteLog log = memory.logHostWrites()) {
            memory.getByte(0);
            memory.getLong(0);
            memory.read(0, 100);
            memory.readString(0, 10);
            memory.slice(0, PAGE);
            memory.write(0, new byte[0]);
            memory.markWritten(SIZE, 0);
            assertEquals(List.of(), collect(log));
        }
    }

    @Test
    void aWriteOverTheEndOfAPageIsInBoth() {
        try (HostWriteLog log = memory.logHostWrites()) {
            memory.putLong(PAGE - 4, 0);
            memory.putInt(64 * PAGE - 2, 0);
            memory.putShort(HIGH + SIZE - 2, (short) 1);
            assertTrue(log.contains(0));
            assertTrue(log.contains(PAGE + 77));
            assertFalse(log.contains(2 * PAGE));
            assertTrue(log.contains(HIGH + SIZE - 1));
            assertFalse(log.contains(1L << 51));
            assertEquals(List.of(0L, 1L, 63L, 64L, (HIGH + SIZE) / PAGE - 1), collect(log));
            assertFalse(log.contains(0));
        }
    }

    @Test
    void rangesAreLoggedWhole() {
        Random random = new Random(7);
        try (HostWriteLog log = memory.logHostWrites()) {
            for (int round = 0; round < 500; round++) {
                BitSet expected = new BitSet();
                for (int i = 0; i < 3; i++) {
                    long gpa = random.nextLong(SIZE);
                    long length = random.nextLong(SIZE - gpa) + 1;
                    memory.markWritten(gpa, length);
                    expected.set((int) (gpa / PAGE), (int) ((gpa + length - 1) / PAGE) + 1);
                }
                assertEquals(expected.stream().asLongStream().boxed().toList(), collect(log));
            }
        }
    }

    @Test
    void eachLogHasItsOwnBeginningAndEnd() {
        try (HostWriteLog first = memory.logHostWrites()) {
            memory.putByte(0, (byte) 1);
            HostWriteLog second = memory.logHostWrites();
            memory.putByte(PAGE, (byte) 1);
            second.close();
            second.close();
            memory.putByte(2 * PAGE, (byte) 1);
            assertEquals(List.of(0L, 1L, 2L), collect(first));
            assertEquals(List.of(1L), collect(second));
        }
    }

    @Test
    void writesThatFailHalfWayCount() {
        MemorySegment gone = memory.slice(SIZE - PAGE, PAGE);
        MemorySegment closed;
        try (GuestMemory other = GuestMemory.ofSize(PAGE)) {
            closed = other.slice(0, PAGE);
        }
        try (HostWriteLog log = memory.logHostWrites()) {
            assertThrows(IllegalStateException.class, () -> memory.write(0, closed));
            assertEquals(List.of(0L), collect(log));
            assertThrows(GuestAddressException.class, () -> memory.write(SIZE - 1, gone));
            assertThrows(GuestAddressException.class, () -> memory.markWritten(SIZE - 1, 2));
            assertThrows(GuestAddressException.class, () -> memory.markWritten(0, -1));
            assertEquals(List.of(), collect(log));
        }
    }

    /** Two threads that mark pages of the same word lose none of them. */
    @Test
    void threadsDoNotUndoEachOther() {
        try (HostWriteLog log = memory.logHostWrites()) {
            for (int round = 0; round < 200; round++) {
                var even = CompletableFuture.runAsync(() -> writeEverySecondPage(0));
                var odd = CompletableFuture.runAsync(() -> writeEverySecondPage(1));
                even.join();
                odd.join();
                assertEquals(300, collect(log).size());
            }
        }
    }

    private void writeEverySecondPage(int first) {
        for (int page = first; page < 300; page += 2) {
            memory.putByte(page * PAGE, (byte) 1);
        }
    }
}
