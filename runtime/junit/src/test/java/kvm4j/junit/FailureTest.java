package kvm4j.junit;

import static kvm4j.junit.GuestAssertions.assertThat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.testing.FinishedGuest;
import kvm4j.testing.GuestSetup;
import kvm4j.testing.RunningGuest;

import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What becomes of tests whose guests are not as they should be. */
@RequiresKvm
class FailureTest {

    private static final List<RunningGuest> STARTED = new ArrayList<>();

    @Test
    void theReportComesWithTheFailure() {
        Throwable failure = onlyFailure(Fails.class);
        GuestReport report = assertInstanceOf(GuestReport.class, failure.getSuppressed()[0]);
        String text = report.getMessage();
        assertTrue(text.contains("Hello from long mode"), text);
        assertTrue(text.contains("end: the guest exited with code 0"), text);
        assertTrue(text.contains("repeat: kvm4j run -m 64M --timeout 10000ms hello"), text);
        assertTrue(text.contains("RIP "), text);
        assertTrue(text.contains("vCPU 0 IO write to 0xf4, 1 byte: 0x0"), text);
    }

    /** The report has more of it. */
    @Test
    void ofAConsoleAMessageHasTheEnd() {
        Throwable failure = onlyFailure(Talks.class);
        assertTrue(failure.getMessage().startsWith("console of talks ==>"), failure.getMessage());
        assertTrue(failure.getMessage().endsWith("\nthe last\n>"), failure.getMessage());
        assertTrue(failure.getMessage().length() < 3000, failure.getMessage());
        assertFalse(failure.getMessage().contains("\u001b"), failure.getMessage());
    }

    static final class Talks {
        @Test
        void talks() {
            String text = "\u001b[1mline of the console\u001b[0m\r\n".repeat(300) + "the last\n";
            try (FinishedGuest guest = GuestSetup.of("talks", PrintingGuest.image(text)).run()) {
                assertThat(guest).consoleContains("something else");
            }
        }
    }

    static final class Fails {
        @Test
        void fails(@Guest("hello") FinishedGuest guest) {
            assertThat(guest).exited(1);
        }
    }

    @Test
    void aGuestThatOutlivesItsTestIsAFailure() {
        Throwable failure = onlyFailure(Leaves.class);
        assertTrue(failure.getMessage().startsWith("[spin, echo] still ran"), failure.getMessage());
        assertEquals(2, failure.getSuppressed().length);
        assertFalse(STARTED.getLast().isRunning());
    }

    static final class Leaves {
        @Test
        void leaves(@Guest("spin") RunningGuest spinning, @Guest("echo") GuestSetup echo) {
            STARTED.add(spinning);
            STARTED.add(echo.start());
        }
    }

    @Test
    void aFailureIsToldBeforeAGuestThatRuns() {
        Throwable failure = onlyFailure(LeavesAndFails.class);
        assertEquals("the test's own", failure.getMessage());
        assertEquals(1, failure.getSuppressed().length);
    }

    static final class LeavesAndFails {
        @Test
        void leaves(@Guest("spin") RunningGuest spinning) {
            throw new IllegalStateException("the test's own");
        }
    }

    @Test
    void aFactoryTellsOfTheGuest() {
        Throwable failure = onlyFailure(Factory.class);
        assertTrue(
                failure.getMessage().startsWith("ends well: triple fault"), failure.getMessage());
        assertInstanceOf(GuestReport.class, failure.getSuppressed()[0]);
    }

    static final class Factory {
        @TestFactory
        DynamicNode factory() {
            return GuestTests.of(GuestSetup.of("triple-fault"));
        }

        @TestFactory
        Stream<DynamicNode> nothing() {
            return Stream.empty();
        }
    }

    /** A hundred reports of one guest would be too much to read. */
    @Test
    void aFactoryTellsAllOfTheGuestOnce() {
        Engine engine = Engine.run(Prints.class);
        assertEquals(
                List.of("prints: a", "prints: b", "prints: b (2)", "prints: c\\ufffe"),
                engine.names());
        List<String> reports =
                engine.failures().stream()
                        .map(failure -> failure.getSuppressed()[0].getMessage())
                        .toList();
        assertEquals(2, reports.size());
        assertTrue(reports.getFirst().contains("--- COM1"), reports.getFirst());
        assertTrue(reports.getLast().contains("repeat: kvm4j run "), reports.getLast());
        assertTrue(reports.getLast().endsWith("\nmore: see a\n"), reports.getLast());
    }

    static final class Prints {
        @TestFactory
        DynamicNode factory() {
            return GuestTests.of(
                    GuestSetup.of(
                            "prints",
                            PrintingGuest.image("FAIL: a\nPASS: b\nPASS: b\nFAIL: c\ufffe\n")));
        }
    }

    private static Throwable onlyFailure(Class<?> tests) {
        List<Throwable> failures = Engine.run(tests).failures();
        assertEquals(1, failures.size(), failures::toString);
        return failures.getFirst();
    }
}
