package kvm4j.benchmarks.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

class BaselineTest {

    private static final Map<String, String> OTHER =
            Map.of("CPU", "a <fast> one", "kernel", "6.12");

    private static Baseline baseline(Accepted... all) {
        Baseline baseline =
                new Baseline(SampleHistory.results(SampleHistory.HOST, 20, "pio-out", "hlt"));
        for (Accepted accepted : all) {
            baseline.accept(new Line.Result(accepted));
        }
        return baseline;
    }

    private static Accepted accepted(String label, String day, String... kinds) {
        return SampleHistory.accepted(label, day + "T00:00:00Z", 20, kinds);
    }

    private static Accepted elsewhere() {
        return Accepted.of(
                SampleHistory.results(OTHER, 20, "pio-out"),
                "elsewhere",
                Instant.parse("2030-01-01T00:00:00Z"));
    }

    @Test
    void takesTheLastByDateWhateverTheOrderOfLines() {
        Accepted early = accepted("early", "2026-01-01", "pio-out");
        Accepted late = accepted("late", "2026-01-02", "pio-out");
        for (List<Accepted> order : List.of(List.of(early, late), List.of(late, early))) {
            Baseline baseline = baseline(order.toArray(Accepted[]::new));
            assertEquals(Optional.of(late), baseline.found());
        }
    }

    @Test
    void takesTheLowerOfTwoOfOneDate() {
        Accepted upper = accepted("upper", "2026-01-01", "pio-out");
        Accepted lower = accepted("lower", "2026-01-01", "pio-out");
        assertEquals(Optional.of(lower), baseline(upper, lower).found());
    }

    @Test
    void passesOverOtherHostsAndOtherKinds() {
        Accepted fit = accepted("fit", "2026-01-01", "hlt");
        Accepted unfit = accepted("unfit", "2026-01-02", "cpuid");
        assertEquals(Optional.of(fit), baseline(fit, unfit, elsewhere()).found());
    }

    @Test
    void saysWhatTheNearestHostDiffersIn() {
        Baseline none = baseline(elsewhere());
        assertEquals(Optional.empty(), none.found());
        assertTrue(none.absence().contains("differs: kernel is 6.1, not 6.12"), none.absence());
        assertTrue(baseline().absence().endsWith("a <fast> one, Linux 6.1)"), baseline().absence());
    }
}
