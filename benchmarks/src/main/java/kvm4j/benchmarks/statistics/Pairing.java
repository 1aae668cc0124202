package kvm4j.benchmarks.statistics;

import kvm4j.benchmarks.result.Series;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleBinaryOperator;

/**
 * A contestant against another, turn by turn: what disturbed both of two turns that followed each
 * other at once is not in their difference.
 *
 * @param floor what the other is compared with
 * @param other the other
 */
public record Pairing(Series floor, Series other) {

    /** {@return by how many nanoseconds the other is above the floor, for each turn} */
    public List<double[]> differences() {
        return combine((below, above) -> above - below);
    }

    /** {@return how many times the floor the other is, for each turn} */
    public List<double[]> ratios() {
        return combine((below, above) -> above / below);
    }

    private List<double[]> combine(DoubleBinaryOperator operator) {
        List<double[]> combined = new ArrayList<>();
        int forks = Math.min(floor.forks().size(), other.forks().size());
        for (int fork = 0; fork < forks; fork++) {
            double[] below = floor.forks().get(fork);
            double[] above = other.forks().get(fork);
            double[] result = new double[Math.min(below.length, above.length)];
            for (int turn = 0; turn < result.length; turn++) {
                result[turn] = operator.applyAsDouble(below[turn], above[turn]);
            }
            combined.add(result);
        }
        return combined;
    }
}
