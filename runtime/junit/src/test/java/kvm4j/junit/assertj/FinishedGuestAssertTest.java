package kvm4j.junit.assertj;

import static kvm4j.junit.assertj.FinishedGuestAssert.GUEST;
import static kvm4j.junit.assertj.FinishedGuestAssert.assertThat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.junit.Guest;
import kvm4j.junit.PrintingGuest;
import kvm4j.junit.RequiresKvm;
import kvm4j.kvm.ExitReason;
import kvm4j.machine.Outcome;
import kvm4j.testing.FinishedGuest;
import kvm4j.testing.GuestSetup;
import kvm4j.x86.Registers;

import org.assertj.core.api.Assertions;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

import java.time.Duration;
import java.util.List;

@RequiresKvm
class FinishedGuestAssertTest {

    @Test
    void leadsToAssertionsOfAssertJ(@Guest("hello") FinishedGuest guest) {
        assertThat(guest).exited(0).ended(Outcome.Exited.class).isSameAs(guest);
        assertThat(guest).console().contains("Hello").doesNotContain("panic");
        assertThat(guest).consoleLines().hasSize(1);
        assertThat(guest).verdicts().isEmpty();
        assertThat(guest).exits(ExitReason.IO).isBetween(1L, 100L);
        assertThat(guest).memory(0).isGreaterThanOrEqualTo(Long.MIN_VALUE);
        assertThat(guest).register(Registers::rip).isNotZero();
        assertThat(guest).timeInGuest().isLessThan(Duration.ofHours(1));
    }

    @Test
    void beginsInAssertJsOwnWays(@Guest("hello") FinishedGuest guest) {
        Assertions.assertThat(guest).asInstanceOf(GUEST).exited(0);
        SoftAssertions softly = new SoftAssertions();
        softly.proxy(FinishedGuestAssert.class, FinishedGuest.class, guest).exited(1).exited(2);
        assertThat(softly.errorsCollected()).hasSize(2);
    }

    @Test
    void saysWhatOfWhichGuestIsNotSo(@Guest("hello") FinishedGuest guest) {
        fails(() -> assertThat(guest).as("the first").exited(3), "[the first]", "hello", "code 3");
        fails(() -> assertThat(guest).ended(Outcome.Halted.class), "hello", "Halted", "code 0");
        fails(() -> assertThat(guest).console().contains("x1"), "[console of hello]", "x1");
        fails(
                () -> assertThat(guest).as("again").exits(ExitReason.HLT).isEqualTo(7),
                "[again: HLT exits of hello]",
                "7L");
        fails(() -> FinishedGuestAssert.assertThat(null).exited(0), "not to be null");
    }

    /** Surefire writes U+FFFE into its XML as it is, which no reader of XML takes. */
    @Test
    void aConsoleIsShownAsPeopleReadIt() {
        String text = "\u001b[1mline of the console\u001b[0m \ufffe\r\n".repeat(300);
        try (FinishedGuest guest = GuestSetup.of("prints", PrintingGuest.image(text)).run()) {
            for (Executable assertion :
                    List.<Executable>of(
                            () -> assertThat(guest).console().contains("else"),
                            () -> assertThat(guest).consoleLines().contains("else"))) {
                String message = assertThrows(AssertionError.class, assertion).getMessage();
                assertTrue(message.contains("line of the console \\ufffe"), message);
                assertFalse(message.contains("\u001b"), message);
                assertFalse(message.contains("\ufffe"), message);
            }
        }
    }

    private static void fails(Executable assertion, String... parts) {
        String message = assertThrows(AssertionError.class, assertion).getMessage();
        for (String part : parts) {
            assertTrue(message.contains(part), message);
        }
    }
}
