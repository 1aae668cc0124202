package kvm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.linux.TerminalSettings;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Path;

/** What a user at a terminal sees, and finds afterwards. */
@Timeout(180)
class TerminalTest {

    @TempDir private Path folder;
    private Screen screen;
    private TerminalSettings before;

    @BeforeEach
    void guestsRun() throws IOException {
        HostKvm.assume();
        screen = new Screen();
        before = screen.settings();
    }

    @AfterEach
    void closeScreen() throws IOException {
        if (screen != null) {
            screen.close();
        }
    }

    /** Starts a guest, and waits until it has the keyboard. */
    private Child start(String... arguments) throws Exception {
        Child child = Child.startAt(screen, folder, arguments);
        screen.awaitSettings(before.withRawInput());
        return child;
    }

    private void assertEnd(int status, Child child) throws Exception {
        assertEquals(status, child.await().status());
        assertEquals(before, screen.settings());
    }

    @Test
    void keysReachTheGuestAtOnceAndAreNotEchoed() throws Exception {
        try (Child child = start("run", "echo")) {
            screen.type("a");
            screen.awaitText("a");
            screen.type("\3\32\34\r");
            screen.awaitText("\r");
            screen.type("\4");
            assertEnd(0, child);
            assertEquals("a\3\32\34\r", screen.text());
        }
    }

    @Test
    void linesBeginAtTheLeft() throws Exception {
        try (Child child = Child.startAt(screen, folder, "run", "hello")) {
            assertEnd(0, child);
            screen.awaitText("Hello from long mode\r\n");
        }
    }

    @Test
    void ctrlCIsTheGuestsAndTheUserIsTold() throws Exception {
        try (Child child = start("run", "echo")) {
            screen.type("\3\3");
            screen.awaitText("\3\3");
            screen.type("\4");
            Result result = child.await();
            assertEquals(0, result.status());
            assertEquals(1, result.err().lines().count(), result::toString);
            assertTrue(result.err().contains("Ctrl-A x"), result::toString);
        }
    }

    @Test
    void ctrlAXEndsAGuestThatSpins() throws Exception {
        try (Child child = start("run", "spin")) {
            screen.type("xyz\1x");
            assertEnd(130, child);
        }
    }

    @ParameterizedTest
    @CsvSource({"INT, 130", "TERM, 143", "HUP, 129"})
    void aSignalLeavesTheTerminalAsItWas(String signal, int status) throws Exception {
        try (Child child = start("run", "spin")) {
            child.signal(signal);
            assertEnd(status, child);
        }
    }

    @Test
    void aGuestThatIsStoppedLeavesTheTerminalToOthersUntilItGoesOn() throws Exception {
        try (Child child = Child.startAt(screen, folder, Child.WITH_JOB_CONTROL, "run", "echo")) {
            screen.awaitSettings(before.withRawInput());
            for (int round = 0; round < 3; round++) {
                child.signal("TSTP");
                screen.awaitSettings(before);
                child.awaitStop();
                child.signal("CONT");
                screen.awaitSettings(before.withRawInput());
            }
            screen.type("x\4");
            assertEnd(0, child);
        }
    }

    @Test
    void whatTheShellMadeOfTheTerminalMeanwhileIsUndone() throws Exception {
        try (Child child = start("run", "spin")) {
            child.signal("STOP");
            child.awaitStop();
            screen.apply(before);
            child.signal("CONT");
            screen.awaitSettings(before.withRawInput());
            screen.type("\1x");
            assertEnd(130, child);
        }
    }

    @Test
    void aGuestThatFailsLeavesTheTerminalAsItWas() throws Exception {
        try (Child child = Child.startAt(screen, folder, "run", "triple-fault")) {
            assertEnd(ExitStatus.TRIPLE_FAULT.code(), child);
        }
    }

    @Test
    void theTimeLimitLeavesTheTerminalAsItWas() throws Exception {
        try (Child child = Child.startAt(screen, folder, "run", "spin", "--timeout=300ms")) {
            assertEnd(ExitStatus.TIME_LIMIT.code(), child);
        }
    }

    @Test
    void aLineElsewhereLeavesTheTerminalAlone() throws Exception {
        try (Child child = Child.startAt(screen, folder, "run", "hello", "--serial=none")) {
            assertEnd(0, child);
            assertEquals("", screen.text());
        }
    }
}
