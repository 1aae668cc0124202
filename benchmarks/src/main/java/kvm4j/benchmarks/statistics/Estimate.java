package kvm4j.benchmarks.statistics;

/**
 * A value with its confidence interval.
 *
 * @param value the best guess
 * @param interval where the truth is, or null where there were {@linkplain Bootstrap#LEAST_FORKS
 *     too few processes} to tell
 */
public record Estimate(double value, Interval interval) {

    /**
     * Whether the interval leaves a value out; one that is not known leaves out none.
     *
     * @param other a value
     * @return whether it is outside
     */
    public boolean excludes(double other) {
        return interval != null && interval.excludes(other);
    }
}
