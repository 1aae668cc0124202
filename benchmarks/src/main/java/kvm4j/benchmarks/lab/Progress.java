package kvm4j.benchmarks.lab;

import java.time.Duration;

/** Hears how far the lab is. */
public interface Progress {

    /**
     * The lab goes on to the next kind.
     *
     * @param what what it measures now
     * @param done the share of the plan that is done, from 0 to 1
     * @param remaining how long the rest will take
     */
    void reached(String what, double done, Duration remaining);
}
