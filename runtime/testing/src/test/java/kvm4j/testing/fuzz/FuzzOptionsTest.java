package kvm4j.testing.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.machine.Outcome;

import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

class FuzzOptionsTest {

    @Test
    void whatPassesUnlessToldOtherwise() {
        var passing = FuzzOptions.DEFAULT.passing();
        assertTrue(passing.test(new Outcome.Exited(0)));
        assertTrue(passing.test(new Outcome.PoweredOff()));
        List<Outcome> findings =
                List.of(
                        new Outcome.Exited(1),
                        new Outcome.Halted(),
                        new Outcome.Reset(),
                        new Outcome.Panicked(),
                        new Outcome.Stopped(),
                        new Outcome.TimeLimitReached(Duration.ofSeconds(1), List.of()),
                        new Outcome.HostError("a device", new IllegalStateException()));
        for (Outcome finding : findings) {
            assertFalse(passing.test(finding), finding::describe);
        }
    }

    @Test
    void changesOneThing() {
        FuzzOptions changed =
                FuzzOptions.DEFAULT
                        .withTimeLimit(Duration.ofMillis(5))
                        .withLongestInput(7)
                        .withFindings(Path.of("found"));
        assertEquals(
                new FuzzOptions(
                        Duration.ofMillis(5), 7, FuzzOptions.DEFAULT.passing(), Path.of("found")),
                changed);
        assertTrue(changed.withPassing(outcome -> true).passing().test(new Outcome.Halted()));
    }

    @Test
    void refusesWhatCannotBe() {
        FuzzOptions options = FuzzOptions.DEFAULT;
        assertThrows(IllegalArgumentException.class, () -> options.withTimeLimit(Duration.ZERO));
        assertThrows(
                IllegalArgumentException.class,
                () -> options.withTimeLimit(Duration.ofSeconds(-1)));
        assertThrows(IllegalArgumentException.class, () -> options.withLongestInput(0));
        assertThrows(NullPointerException.class, () -> options.withFindings(null));
        assertThrows(NullPointerException.class, () -> options.withPassing(null));
    }
}
