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
        assertTrue(text.contains("vCPU 0 IO write 0x0 to 0xf4"), text);
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

    private static Throwable onlyFailure(Class<?> tests) {
        List<Throwable> failures = Engine.run(tests).failures();
        assertEquals(1, failures.size(), failures::toString);
        return failures.getFirst();
    }
}
