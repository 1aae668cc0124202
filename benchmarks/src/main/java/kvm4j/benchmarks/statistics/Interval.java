package kvm4j.benchmarks.statistics;

/**
 * A confidence interval of 95 %.
 *
 * @param low its lower end
 * @param high its upper end
 */
public record Interval(double low, double high) {

    /**
     * Whether it leaves a value out.
     *
     * @param value a value
     * @return whether it is outside
     */
    public boolean excludes(double value) {
        return value < low || value > high;
    }
}
