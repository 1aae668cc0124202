package kvm4j.benchmarks.statistics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.junit.jupiter.api.Test;

class HolmTest {

    private static final double EXACT = 1e-12;

    @Test
    void multipliesByTheTestsThatAreLeft() {
        assertArrayEquals(
                new double[] {0.03, 0.06, 0.06, 0.02},
                Holm.correct(0.01, 0.04, 0.03, 0.005),
                EXACT);
    }

    @Test
    void neverExceedsOneAndNeverFalls() {
        assertArrayEquals(new double[] {1, 1, 1}, Holm.correct(0.9, 0.5, 0.6), EXACT);
    }

    @Test
    void leavesASingleTestAlone() {
        assertArrayEquals(new double[] {0.02}, Holm.correct(0.02), EXACT);
        assertArrayEquals(new double[] {}, Holm.correct(), EXACT);
    }
}
