package kvm4j.benchmarks.statistics;

import org.apache.commons.statistics.descriptive.Median;
import org.apache.commons.statistics.descriptive.Quantile;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;

/**
 * Confidence intervals of 95 % by the hierarchical percentile bootstrap.
 *
 * <p>Turns of one pair of processes resemble each other more than those of the next pair, because
 * memory was laid out and code was compiled once for all of them. So first processes are drawn with
 * replacement, then turns within each: an interval is as wide as the processes differ, however many
 * turns they took.
 */
public final class Bootstrap {

    /**
     * How many pairs of processes it takes for an interval: how far they differ from each other,
     * one or two do not tell.
     */
    public static final int LEAST_FORKS = 3;

    private static final int RESAMPLES = 2000;
    private static final double[] INTERVAL = {0.025, 0.975};

    private final RandomGenerator random;

    private Bootstrap(RandomGenerator random) {
        this.random = random;
    }

    /**
     * A bootstrap that gives the same intervals for the same figures.
     *
     * @return a new one
     */
    public static Bootstrap reproducible() {
        return new Bootstrap(RandomGeneratorFactory.of("L64X128MixRandom").create(20_250_325));
    }

    /**
     * The median of figures.
     *
     * @param forks figures, by the processes that they come from; at least one
     * @return the median, with an interval if there are forks enough
     */
    public Estimate median(List<double[]> forks) {
        if (forks.size() < LEAST_FORKS) {
            return new Estimate(median(flatten(forks)), null);
        }
        double[] medians = new double[RESAMPLES];
        for (int i = 0; i < RESAMPLES; i++) {
            medians[i] = median(resample(forks));
        }
        return estimate(median(flatten(forks)), medians);
    }

    /**
     * By how much the median of one set of figures is above that of another.
     *
     * @param before figures, by the processes that they come from; at least one
     * @param after other figures, likewise
     * @return the difference of the medians, with an interval if there are forks enough
     */
    public Estimate shift(List<double[]> before, List<double[]> after) {
        if (Math.min(before.size(), after.size()) < LEAST_FORKS) {
            return new Estimate(median(flatten(after)) - median(flatten(before)), null);
        }
        double[] shifts = new double[RESAMPLES];
        for (int i = 0; i < RESAMPLES; i++) {
            shifts[i] = median(resample(after)) - median(resample(before));
        }
        return estimate(median(flatten(after)) - median(flatten(before)), shifts);
    }

    private static Estimate estimate(double value, double[] resampled) {
        double[] ends = Quantile.withDefaults().evaluate(resampled, INTERVAL);
        return new Estimate(value, new Interval(ends[0], ends[1]));
    }

    private double[] resample(List<double[]> forks) {
        List<double[]> drawn =
                Stream.generate(() -> forks.get(random.nextInt(forks.size())))
                        .limit(forks.size())
                        .toList();
        double[] figures = new double[drawn.stream().mapToInt(fork -> fork.length).sum()];
        int next = 0;
        for (double[] fork : drawn) {
            for (int i = 0; i < fork.length; i++) {
                figures[next++] = fork[random.nextInt(fork.length)];
            }
        }
        return figures;
    }

    static double median(double[] figures) {
        return Median.withDefaults().evaluate(figures);
    }

    static double[] flatten(List<double[]> forks) {
        return forks.stream().flatMapToDouble(Arrays::stream).toArray();
    }
}
