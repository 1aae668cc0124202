package kvm4j.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;

class QuantityTest {

    @Test
    void timesAreReadAsTheyAreWritten() {
        assertEquals("10000ms", Quantity.text(Duration.ofSeconds(10)));
        assertEquals("500000ns", Quantity.text(Duration.ofNanos(500_000)));
        assertEquals(Duration.ofNanos(1), Quantity.duration(Quantity.text(Duration.ofNanos(1))));
        Duration longest = Quantity.duration("1000y");
        assertEquals(longest, Quantity.duration(Quantity.text(longest)));
        assertEquals(longest, Quantity.duration(Quantity.text(Duration.ofSeconds(1L << 62))));
    }

    @Test
    void memory() {
        assertEquals(64L << 20, Quantity.bytes("64"));
        assertEquals(3L << 29, Quantity.bytes("1.5G"));
        assertEquals(4096, Quantity.bytes("4096B"));
    }

    @ParameterizedTest
    @CsvSource({
        "0, PT0S",
        "2, PT2S",
        "2s, PT2S",
        "1.5m, PT1M30S",
        "500ms, PT0.5S",
        "3us, PT0.000003S",
        "7ns, PT0.000000007S",
        "0.2ns, PT0.000000001S",
        "1d, PT24H",
        "1w, PT168H",
        "0.5y, PT4380H",
        "300y, PT2562047H47M16.854775807S",
        "99999999999999999999999999h, PT2562047H47M16.854775807S"
    })
    void time(String text, Duration expected) {
        assertEquals(expected, Quantity.duration(text));
    }

    @Test
    void noGuestRunsForNoTime() {
        GuestSetup setup = GuestSetup.of("hello");
        Duration none = Quantity.duration("0s");
        assertThrows(IllegalArgumentException.class, () -> setup.timeout(none));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "-1s", "2 s", ".5s", "1 year"})
    void noTime(String text) {
        assertThrows(IllegalArgumentException.class, () -> Quantity.duration(text));
    }
}
