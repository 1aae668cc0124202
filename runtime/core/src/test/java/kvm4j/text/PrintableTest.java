package kvm4j.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrintableTest {

    @ParameterizedTest
    @ValueSource(
            strings = {"", "/tmp/a b", "gr\u00fc\u00dfe", "\u65e5\u672c", "\ud83d\ude00", "\\n"})
    void whatCanBeShownIsLeftAsItIs(String text) {
        assertEquals(text, Printable.of(text));
    }

    @Test
    void whatBreaksTheLineOrCommandsTheTerminalIsEscaped() {
        assertEquals("a\\nb\\r\\tc", Printable.of("a\nb\r\tc"));
        assertEquals("\\x1b[31m\\x00\\x7f\\x9b", Printable.of("\033[31m\0\177\u009b"));
        assertEquals("\\u2028\\u202e\\ud800", Printable.of("\u2028\u202e\ud800"));
        assertEquals("\\U000e0001", Printable.of("\udb40\udc01"));
    }
}
