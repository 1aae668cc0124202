package kvm4j.benchmarks.lab;

import java.time.Duration;

/** Guesses how long the rest takes: first by the plan, then by what the steps so far took. */
final class Countdown {

    private final Duration planned;
    private final int steps;
    private final long start = System.nanoTime();
    private int done;

    Countdown(Duration planned, int steps) {
        this.planned = planned;
        this.steps = steps;
    }

    void step() {
        done++;
    }

    double done() {
        return (double) done / steps;
    }

    Duration remaining() {
        return done == 0
                ? planned
                : Duration.ofNanos((System.nanoTime() - start) / done * (steps - done));
    }
}
