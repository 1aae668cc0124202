package kvm4j.testing.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShortTextTest {

    @ParameterizedTest
    @CsvSource({
        "as long as it may be, 20, as long as it may be",
        "longer than it may be, 20, longer than it...",
        "longer than it may be, 17, longer than it...",
        "onewordthatislongerthanitmaybe, 10, oneword...",
        "0123456😀xyz, 11, 0123456...",
        "a bcdefghijklmnopqrstuvwxyzabc, 29, a bcdefghijklmnopqrstuvwxy...",
    })
    void isCutBehindAWordAndInNoCharacter(String text, int most, String cut) {
        assertEquals(cut, ShortText.of(text, most));
    }
}
