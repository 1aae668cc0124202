package kvm4j.testing.suite;

import java.time.Duration;

/** Adds up the times between its starts and its stops. For one thread. */
final class Stopwatch {

    private Duration total = Duration.ZERO;
    private long started;
    private boolean running;

    /** Goes on. Does nothing while it runs. */
    void start() {
        if (!running) {
            running = true;
            started = System.nanoTime();
        }
    }

    /** Holds on. Does nothing while it does not run. */
    void stop() {
        if (running) {
            running = false;
            total = total.plusNanos(System.nanoTime() - started);
        }
    }

    /** {@return the times until it was stopped last} */
    Duration time() {
        return total;
    }
}
