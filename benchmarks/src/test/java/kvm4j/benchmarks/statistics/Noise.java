package kvm4j.benchmarks.statistics;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Made-up figures that are as noisy as real ones: skewed, with outliers, and processes that differ.
 */
final class Noise {

    private static final int TURNS = 100;

    private final Random random;

    Noise(long seed) {
        random = new Random(seed);
    }

    /** Turns around a centre, in processes that differ by about a spread. */
    List<double[]> forks(int count, double centre, double spread) {
        List<double[]> forks = new ArrayList<>();
        for (int fork = 0; fork < count; fork++) {
            double own = centre + spread * random.nextGaussian();
            forks.add(random.doubles(TURNS).map(_ -> turn(own)).toArray());
        }
        return forks;
    }

    private double turn(double centre) {
        double outlier = random.nextInt(20) == 0 ? 500 * random.nextDouble() : 0;
        return centre + 4 * random.nextGaussian() + outlier;
    }
}
