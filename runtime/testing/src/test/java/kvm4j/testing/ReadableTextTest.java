package kvm4j.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Random;

class ReadableTextTest {

    @ParameterizedTest
    @CsvSource({
        "'colours', '\u001b[1;32mPASS\u001b[0m: it', 'PASS: it'",
        "'a title', '\u001b]0;title\u0007boot', 'boot'",
        "'a string that ST ends', '\u001bPdata\u001b\\boot', 'boot'",
        "'a screen', '\u001b[2J\u001b[1;1H\u001b(Bboot', 'boot'",
        "'a sequence without an end', 'boot\u001b[3', 'boot\\x1b[3'",
        "'control characters', 'bell\u0007 nul\u0000 del\u007f', 'bell\\x07 nul\\x00 del\\x7f'",
        "'the order of letters', '\u202eevil', '\\u202eevil'",
        "'a tag', '\udb40\udc41', '\\U000e0041'",
        "'half a character', '\ud800', '\\ud800'",
        "a tab, 'a\tb', 'a\tb'",
    })
    void commandsNothing(String what, String printed, String shown) {
        assertEquals(shown, ReadableText.of(printed), what);
    }

    @Test
    void linesEndInOneWay() {
        assertEquals("a\nb\nc\n\nd", ReadableText.of("a\r\nb\rc\r\r\n\nd"));
    }

    @Test
    void ofALineThatIsTooLongTheBeginningAndTheEnd() {
        String line = "a" + "x".repeat(10_000) + "z";
        String shown = ReadableText.of("before\n" + line + "\nbehind\n");
        assertTrue(shown.startsWith("before\naxx"), shown);
        assertTrue(shown.endsWith("xxz\nbehind\n"), shown);
        assertTrue(shown.contains("x[... 9102 characters ...]x"), shown);
        assertTrue(shown.length() < 1000, shown);
    }

    @Test
    void theEndOfATextStartsWithALine() {
        assertEquals("second\nthird\n", ReadableText.tail("first\nsecond\nthird\n", 14));
        assertEquals("second\nthird\n", ReadableText.tail("first\nsecond\nthird\n", 13));
        assertEquals("third\n", ReadableText.tail("first\nsecond\nthird\n", 12));
        assertEquals("all", ReadableText.tail("all", 3));
        assertEquals("56789", ReadableText.tail("0123456789", 5));
        assertEquals("56789\n", ReadableText.tail("0123456789\n", 6));
    }

    @Test
    void nothingIsTooMuch() {
        Random random = new Random(14);
        String signs = "\u001b\u001b[]P;\\\u00070123mHab\n\r\t \ud800\udc00\u202e";
        for (int round = 0; round < 2000; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(400); i > 0; i--) {
                text.append(signs.charAt(random.nextInt(signs.length())));
            }
            String shown = ReadableText.of(text.toString());
            assertTrue(
                    shown.chars().noneMatch(sign -> sign < ' ' && sign != '\n' && sign != '\t'),
                    shown);
            assertTrue(ReadableText.tail(shown, 50).length() <= 50);
        }
        assertEquals(
                "x", ReadableText.of("\u001b[" + "1;".repeat(1 << 20) + "mx"), "a long sequence");
    }
}
