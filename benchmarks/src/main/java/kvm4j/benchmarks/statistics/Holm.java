package kvm4j.benchmarks.statistics;

import java.util.stream.IntStream;

/** Holm's step-down correction of p-values for the number of tests (Holm, 1979). */
final class Holm {

    private Holm() {}

    /**
     * Corrects p-values.
     *
     * @param values the p-value of each test
     * @return the corrected values in the same order, each at most 1
     */
    static double[] correct(double... values) {
        int[] ascending =
                IntStream.range(0, values.length)
                        .boxed()
                        .sorted((a, b) -> Double.compare(values[a], values[b]))
                        .mapToInt(Integer::intValue)
                        .toArray();
        double[] corrected = new double[values.length];
        double highest = 0;
        for (int rank = 0; rank < ascending.length; rank++) {
            double scaled = Math.min(1, values[ascending[rank]] * (values.length - rank));
            highest = Math.max(highest, scaled);
            corrected[ascending[rank]] = highest;
        }
        return corrected;
    }
}
