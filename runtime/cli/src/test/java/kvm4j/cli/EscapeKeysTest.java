package kvm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;

class EscapeKeysTest {

    private final TypedKeys guest = new TypedKeys();
    private final StringWriter messages = new StringWriter();
    private boolean left;
    private final EscapeKeys keys =
            new EscapeKeys(guest, () -> left = true, new PrintWriter(messages));

    private void type(String text) {
        text.chars().forEach(keys::typed);
    }

    private String received() throws IOException {
        guest.end();
        return new String(guest.readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    @Test
    void allOtherKeysAreTheGuests() throws IOException {
        StringBuilder all = new StringBuilder();
        for (char key = 0; key < 256; key++) {
            if (key != 1) {
                all.append(key);
            }
        }
        type(all.toString());
        assertEquals(all.toString(), received());
        assertFalse(left);
    }

    @Test
    void ctrlAXLeaves() throws IOException {
        type("ab\1x");
        assertTrue(left);
        assertEquals("ab", received());
    }

    @Test
    void xAloneIsAKey() throws IOException {
        type("\1ax\1\1x");
        assertEquals("\1x\1x", received());
        assertFalse(left);
        assertEquals("", messages.toString());
    }

    @Test
    void anythingElseBehindCtrlAShowsTheKeys() throws IOException {
        type("\1h\1?x");
        assertEquals("x", received());
        assertEquals(2, messages.toString().lines().count(), messages::toString);
        assertTrue(messages.toString().contains("Ctrl-A x"), messages::toString);
    }

    @Test
    void theFirstCtrlCSaysWhereItWent() throws IOException {
        type("\3\3");
        assertEquals("\3\3", received());
        assertEquals(1, messages.toString().lines().count(), messages::toString);
        assertTrue(messages.toString().contains("Ctrl-A x"), messages::toString);
    }

    @Test
    void aGuestThatNeverReadsCanBeLeft() {
        for (int i = 0; i < 1_100_000; i++) {
            keys.typed('k');
        }
        assertTrue(messages.toString().contains("\7"));
        type("\1x");
        assertTrue(left);
    }
}
