package kvm4j.trace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

class RingBufferPageTest {

    private static List<Long> times(MemorySegment page) {
        RingBufferPage records = new RingBufferPage(page, PageLayout.USUAL);
        List<Long> times = new ArrayList<>();
        while (records.next()) {
            times.add(records.time());
        }
        return times;
    }

    @Test
    void recordsHaveTheirTimesAndBytes() {
        byte[] small = {1, 2, 3, 4};
        byte[] large = new byte[201];
        large[200] = 9;
        RingBufferPage page =
                new RingBufferPage(
                        new PageMaker(1000)
                                .record(5, small)
                                .longRecord(7, large)
                                .record(0, small)
                                .page(),
                        PageLayout.USUAL);
        assertTrue(page.next());
        assertEquals(1005, page.time());
        assertArrayEquals(small, page.record().toArray(ValueLayout.JAVA_BYTE));
        assertTrue(page.next());
        assertEquals(1012, page.time());
        assertArrayEquals(large, page.record().toArray(ValueLayout.JAVA_BYTE));
        assertTrue(page.next());
        assertEquals(1012, page.time());
        assertFalse(page.next());
        assertEquals(0, page.missed());
    }

    @Test
    void longPausesAndStampsMoveTheTime() {
        byte[] record = {1, 2, 3, 4};
        long pause = (1L << 40) + 12345;
        assertEquals(
                List.of(1000 + pause, 1003 + pause, 1L << 50),
                times(
                        new PageMaker(1000)
                                .timeExtended(pause)
                                .record(0, record)
                                .record(3, record)
                                .stamped(1L << 50)
                                .record(0, record)
                                .page()));
    }

    @Test
    void whatWasDiscardedIsPassedOver() {
        byte[] record = {1, 2, 3, 4};
        assertEquals(
                List.of(1001L, 1003L),
                times(
                        new PageMaker(1000)
                                .record(1, record)
                                .discarded(16)
                                .record(2, record)
                                .paddedToTheEnd()
                                .record(9, record)
                                .page()));
    }

    @Test
    void lostRecordsAreCounted() {
        byte[] record = {1, 2, 3, 4};
        PageMaker page = new PageMaker(1000).record(1, record);
        assertEquals(77, new RingBufferPage(page.pageAfter(77), PageLayout.USUAL).missed());
        assertEquals(
                RingBufferPage.UNCOUNTED,
                new RingBufferPage(page.pageAfterUncounted(), PageLayout.USUAL).missed());
        assertEquals(List.of(1001L), times(page.pageAfter(77)));
    }

    @Test
    void aPageThatIsCutIsReadAsFarAsItGoes() {
        MemorySegment page =
                new PageMaker(1000).record(1, new byte[32]).longRecord(1, new byte[300]).page();
        for (int length = 0; length < 400; length++) {
            int records = times(page.asSlice(0, length)).size();
            int expected = 0;
            if (length >= 16 + 36) {
                expected++;
            }
            if (length >= 16 + 36 + 8 + 300) {
                expected++;
            }
            assertEquals(expected, records, "of the first " + length + " bytes");
        }
    }

    @Test
    void anyBytesEnd() {
        Random random = new Random(7);
        byte[] bytes = new byte[4096];
        for (int i = 0; i < 20_000; i++) {
            random.nextBytes(bytes);
            MemorySegment page = MemorySegment.ofArray(bytes).asSlice(0, random.nextInt(4097));
            assertTrue(times(page).size() <= 1024);
        }
    }

    @Test
    void theLayoutIsTheKernels() {
        assertEquals(
                PageLayout.USUAL,
                PageLayout.parse(
                        """
                        \tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;
                        \tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;
                        \tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;
                        \tfield: char data;\toffset:16;\tsize:4080;\tsigned:1;
                        """));
        assertEquals(
                new PageLayout(8, 4, 12, 65524),
                PageLayout.parse(
                        """
                        \tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;
                        \tfield: local_t commit;\toffset:8;\tsize:4;\tsigned:1;
                        \tfield: char data;\toffset:12;\tsize:65524;\tsigned:1;
                        """));
        assertEquals(PageLayout.USUAL, PageLayout.parse("nothing of the kind"));
    }
}
