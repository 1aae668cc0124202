package kvm4j.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

class TranscriptTest {

    private final Transcript transcript = new Transcript();

    @Test
    void keepsTheBeginningAndTheEnd() {
        write("first ");
        byte[] block = new byte[1 << 20];
        for (int i = 0; i < 100; i++) {
            transcript.write(block, 0, block.length);
        }
        write(" last");
        String text = transcript.text();
        assertEquals((100L << 20) + 11, transcript.total());
        assertTrue(text.startsWith("first "));
        assertTrue(text.endsWith(" last"));
        assertTrue(text.contains("[... " + ((98L << 20) + 11) + " bytes are left out ...]"));
    }

    @Test
    void textsAreFoundOneBehindTheOther() throws InterruptedException {
        write("login: login: ");
        assertTrue(found("login: "));
        assertTrue(found("login: "));
        assertFalse(found("login: "));
        write("log");
        assertEquals("log", transcript.unread());
        write("in: ");
        assertTrue(found("login: "));
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, Long.MAX_VALUE / 1_000_000_000 - 1})
    void isWaitedForForEver(long seconds) throws InterruptedException {
        AtomicInteger looks = new AtomicInteger();
        Duration limit = Duration.ofSeconds(seconds);
        assertFalse(transcript.await("never", limit, () -> looks.incrementAndGet() > 3));
        assertTrue(looks.get() > 3, "it was over before it was");
    }

    private boolean found(String text) throws InterruptedException {
        return transcript.await(text, Duration.ofSeconds(5), () -> true);
    }

    private void write(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        transcript.write(bytes, 0, bytes.length);
    }
}
