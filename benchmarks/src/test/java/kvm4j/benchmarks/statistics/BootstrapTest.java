package kvm4j.benchmarks.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.List;

class BootstrapTest {

    @Test
    void findsTheMedianAndLetsNoOutlierMoveIt() {
        List<double[]> forks = List.of(new double[] {1, 2, 3}, new double[] {2, 2, 1e9});
        assertEquals(2, Bootstrap.reproducible().median(forks).value());
    }

    @Test
    void givesTheSameIntervalForTheSameFigures() {
        List<double[]> forks = new Noise(1).forks(4, 20, 3);
        assertEquals(
                Bootstrap.reproducible().median(forks), Bootstrap.reproducible().median(forks));
    }

    @Test
    void isAsWideAsProcessesDiffer() {
        Estimate alike = Bootstrap.reproducible().median(new Noise(2).forks(5, 20, 0));
        Estimate different = Bootstrap.reproducible().median(new Noise(2).forks(5, 20, 10));
        assertTrue(width(alike) < 3, alike.toString());
        assertTrue(width(different) > 6, different.toString());
    }

    @Test
    void mostlyHoldsTheTruth() {
        int held = 0;
        for (int seed = 0; seed < 40; seed++) {
            Estimate estimate = Bootstrap.reproducible().median(new Noise(seed).forks(10, 20, 3));
            held += estimate.excludes(20.5) ? 0 : 1;
        }
        assertTrue(held >= 32, held + " of 40");
    }

    @Test
    void seesAShiftAndItsSign() {
        List<double[]> before = new Noise(3).forks(4, 20, 1);
        List<double[]> after = new Noise(4).forks(4, 70, 1);
        Estimate shift = Bootstrap.reproducible().shift(before, after);
        assertEquals(50, shift.value(), 5);
        assertTrue(shift.excludes(0));
        assertFalse(Bootstrap.reproducible().shift(before, before).excludes(0));
    }

    private static double width(Estimate estimate) {
        return estimate.interval().high() - estimate.interval().low();
    }

    @Test
    void oneProcessTellsNoInterval() {
        Estimate one = Bootstrap.reproducible().median(List.of(new double[] {1, 2, 3}));
        assertEquals(2, one.value());
        assertNull(one.interval());
        assertFalse(one.excludes(1e9));
    }
}
