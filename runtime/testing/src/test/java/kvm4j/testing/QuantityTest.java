package kvm4j.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;

class QuantityTest {

    @Test
    void memory() {
        assertEquals(64L << 20, Quantity.bytes("64"));
        assertEquals(3L << 29, Quantity.bytes("1.5G"));
        assertEquals(4096, Quantity.bytes("4096B"));
    }

    @Test
    void time() {
        assertEquals(Duration.ofSeconds(90), Quantity.duration("90"));
        assertEquals(Duration.ofMillis(500), Quantity.duration("500ms"));
        assertEquals(Duration.ofSeconds(90), Quantity.duration("1.5m"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "-1s", "0s", "1 year"})
    void noTime(String text) {
        assertThrows(IllegalArgumentException.class, () -> Quantity.duration(text));
    }
}
