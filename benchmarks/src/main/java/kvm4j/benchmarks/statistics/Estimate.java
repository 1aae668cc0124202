package kvm4j.benchmarks.statistics;

/**
 * A value with its confidence interval.
 *
 * @param value the best guess
 * @param low the interval's lower end
 * @param high the interval's upper end
 */
public record Estimate(double value, double low, double high) {

    /**
     * Whether the interval leaves a value out.
     *
     * @param other a value
     * @return whether it is outside
     */
    public boolean excludes(double other) {
        return other < low || other > high;
    }
}
