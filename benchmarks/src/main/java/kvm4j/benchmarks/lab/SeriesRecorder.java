package kvm4j.benchmarks.lab;

import kvm4j.benchmarks.result.Series;

import org.HdrHistogram.Histogram;

import java.util.ArrayList;
import java.util.List;

/** Gathers what a contestant took, over all its forks. */
final class SeriesRecorder {

    private static final int SIGNIFICANT_DIGITS = 3;

    private final Contestant contestant;
    private final int events;
    private final List<double[]> forks = new ArrayList<>();
    private final Histogram histogram = new Histogram(SIGNIFICANT_DIGITS);
    private long instructions;
    private long counted;

    SeriesRecorder(Contestant contestant, int events) {
        this.contestant = contestant;
        this.events = events;
    }

    Contestant contestant() {
        return contestant;
    }

    /** How many exits an operation is made of. */
    int events() {
        return events;
    }

    void fork(double[] times) {
        forks.add(times);
    }

    void instructions(long executed, long operations) {
        if (executed >= 0) {
            instructions += executed;
            counted += operations * events;
        }
    }

    void samples(long[] nanoseconds) {
        for (long sample : nanoseconds) {
            histogram.recordValue(sample);
        }
    }

    /** Whether it took part in a fork to the end. */
    boolean hasTurns() {
        return !forks.isEmpty();
    }

    Series series() {
        return new Series(
                contestant.id(),
                contestant.title(),
                List.copyOf(forks),
                counted == 0 ? null : (double) instructions / counted,
                Series.encode(histogram));
    }
}
