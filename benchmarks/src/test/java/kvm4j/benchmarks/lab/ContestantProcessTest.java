package kvm4j.benchmarks.lab;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;

class ContestantProcessTest {

    private static ContestantProcess shell(String script) throws LabException {
        return ContestantProcess.start("the shell", List.of("sh", "-c", script));
    }

    @Test
    void understandsTheAnswers() throws LabException {
        String script =
                "echo ready; read command; test \"$command\" = 'measure 2 5' || exit;"
                        + " echo measured 2 -1;"
                        + " printf '\\001\\000\\000\\000\\000\\000\\000\\000'"
                        + "'\\000\\001\\000\\000\\000\\000\\000\\000'";
        try (ContestantProcess process = shell(script)) {
            process.awaitReady();
            ContestantProcess.Measured measured = process.measure(2, 5);
            assertArrayEquals(new long[] {1, 256}, measured.nanoseconds());
            assertEquals(-1, measured.instructions());
        }
    }

    @Test
    void passesOnTheReasonOfAContestantThatCannot() throws LabException {
        try (ContestantProcess process = shell("echo error KVM_RUN failed: ENOTTY")) {
            LabException e = assertThrows(LabException.class, process::awaitReady);
            assertEquals("KVM_RUN failed: ENOTTY", e.getMessage());
        }
    }

    @Test
    void tellsTheLastWordsOfAContestantThatDied() throws LabException {
        try (ContestantProcess process = shell("echo 'it hurts' >&2; exit 1")) {
            LabException e = assertThrows(LabException.class, process::awaitReady);
            assertEquals("the shell is gone: it hurts", e.getMessage());
        }
    }

    @Test
    void endsAContestantThatDoesNotComeBack() throws LabException {
        try (ContestantProcess process = shell("echo ready; read command; exec sleep 100")) {
            process.awaitReady();
            LabException e =
                    assertThrows(LabException.class, () -> process.attempt(Duration.ofSeconds(1)));
            assertEquals("no answer within 1 s", e.getMessage());
        }
    }

    @Test
    void saysWhenAnAnswerMakesNoSense() throws LabException {
        try (ContestantProcess process = shell("echo hello")) {
            LabException e = assertThrows(LabException.class, process::awaitReady);
            assertEquals("the shell answered 'hello', not ready", e.getMessage());
        }
    }

    @Test
    void saysWhenThereIsNoSuchProgram() {
        assertThrows(
                LabException.class,
                () -> ContestantProcess.start("nothing", List.of("/nonexistent/program")));
    }
}
