package kvm4j.benchmarks.statistics;

import kvm4j.benchmarks.result.Series;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.IntStream;

/**
 * A contestant against another, turn by turn, in the quieter half of the turns of each fork: what
 * disturbed both of two turns that followed each other at once is not in their difference.
 *
 * @param floor what the other is compared with
 * @param other the other
 */
public record Pairing(Series floor, Series other) {

    /** {@return by how many nanoseconds the other is above the floor, for each quiet turn} */
    public List<double[]> differences() {
        return combine((below, above) -> above - below);
    }

    /** {@return how many times the floor the other is, for each quiet turn} */
    public List<double[]> ratios() {
        return combine((below, above) -> above / below);
    }

    private List<double[]> combine(DoubleBinaryOperator operator) {
        List<double[]> combined = new ArrayList<>();
        int forks = Math.min(floor.forks().size(), other.forks().size());
        for (int fork = 0; fork < forks; fork++) {
            double[] below = floor.forks().get(fork);
            double[] above = other.forks().get(fork);
            combined.add(
                    quieter(below, above)
                            .mapToDouble(turn -> operator.applyAsDouble(below[turn], above[turn]))
                            .toArray());
        }
        return combined;
    }

    /**
     * The half of the turns in which both together were fastest. What makes both slow, or one of
     * them much slower than it can be, is the host; what one of them takes more is in every turn.
     */
    private static IntStream quieter(double[] below, double[] above) {
        int turns = Math.min(below.length, above.length);
        return IntStream.range(0, turns)
                .boxed()
                .sorted(Comparator.comparingDouble(turn -> below[turn] + above[turn]))
                .limit((turns + 1) / 2)
                .mapToInt(Integer::intValue);
    }
}
