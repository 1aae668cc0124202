package kvm4j.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;

/** What a command left behind. */
record Result(int status, String out, String err) {

    void assertStatus(ExitStatus expected) {
        assertEquals(expected.code(), status, this::toString);
    }

    /** Failed with this status and one line that has all of these texts. */
    void assertFailure(ExitStatus expected, String... texts) {
        assertStatus(expected);
        assertEquals(1, err.lines().count(), this::toString);
        assertTrue(err.startsWith("kvm4j: "), this::toString);
        assertAll(
                Stream.of(texts).map(text -> () -> assertTrue(err.contains(text), this::toString)));
        assertEquals("", out, this::toString);
    }
}
