package kvm4j.benchmarks.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.benchmarks.result.LabResults;
import kvm4j.benchmarks.result.SampleResults;
import kvm4j.benchmarks.statistics.Comparison.Verdict;

import org.junit.jupiter.api.Test;

import java.util.List;

class ComparisonTest {

    private static final double THRESHOLD = 0.005;

    /** A run of three kinds in which Java takes so much more than C for one of them. */
    private static LabResults run(long seed, double floor, double above) {
        Noise noise = new Noise(seed);
        return SampleResults.of(
                SampleResults.row("a", noise.forks(4, floor, 5), floor, 20, noise.forks(4, 0, 1)),
                SampleResults.row("b", noise.forks(4, floor, 5), floor, 20, noise.forks(4, 0, 1)),
                SampleResults.row(
                        "c", noise.forks(4, floor, 5), floor, above, noise.forks(4, 0, 1)));
    }

    private static List<Verdict> verdicts(LabResults before, LabResults after) {
        return Comparison.of(before, after, THRESHOLD).changes().stream()
                .map(Comparison.Change::verdict)
                .toList();
    }

    @Test
    void findsNothingInTwoRunsOfTheSame() {
        for (int seed = 0; seed < 10; seed++) {
            Comparison comparison =
                    Comparison.of(run(seed, 270, 20), run(seed + 100, 270, 20), THRESHOLD);
            assertFalse(comparison.slower(), comparison.toString());
        }
    }

    @Test
    void findsFiftyNanoseconds() {
        assertEquals(
                List.of(Verdict.SAME, Verdict.SAME, Verdict.SLOWER),
                verdicts(run(1, 270, 20), run(2, 270, 70)));
        assertTrue(Comparison.of(run(1, 270, 20), run(2, 270, 70), THRESHOLD).slower());
    }

    @Test
    void findsWhatGotFaster() {
        assertEquals(
                List.of(Verdict.SAME, Verdict.SAME, Verdict.FASTER),
                verdicts(run(1, 270, 70), run(2, 270, 20)));
    }

    @Test
    void isNotMovedByAHostThatSlowedDownAsAWhole() {
        assertFalse(Comparison.of(run(1, 270, 20), run(2, 400, 20), THRESHOLD).slower());
    }

    @Test
    void leavesAloneWhatIsLittleBesideTheWhole() {
        assertFalse(Comparison.of(run(1, 9000, 20), run(2, 9000, 70), 0.01).slower());
        assertTrue(Comparison.of(run(1, 9000, 20), run(2, 9000, 70), 0.001).slower());
        assertFalse(Comparison.of(run(1, 100, 20), run(2, 100, 23), THRESHOLD).slower());
    }
}
