package kvm4j.machine;

import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * A thread on which all machines of this process have something done at a time. What is done there
 * never waits, as far as it is ours.
 */
final class MachineClock {

    /**
     * Time limits, and the repeated kicks of vCPUs that are to leave the guest: nothing foreign.
     */
    static final MachineClock MACHINES = new MachineClock("kvm4j-clock");

    /** What devices have done at their times. One that does not return keeps up other devices. */
    static final MachineClock DEVICES = new MachineClock("kvm4j-timers");

    private final ScheduledThreadPoolExecutor executor;

    private MachineClock(String thread) {
        executor =
                new ScheduledThreadPoolExecutor(
                        1, Thread.ofPlatform().name(thread).daemon().factory());
        executor.setRemoveOnCancelPolicy(true);
    }

    /**
     * Has something done once.
     *
     * @param delay in how much time; one too long to count in nanoseconds never passes
     * @param action what; it must not wait for anything
     * @return by which it can be cancelled
     */
    ScheduledFuture<?> after(Duration delay, Runnable action) {
        return executor.schedule(action, nanoseconds(delay), TimeUnit.NANOSECONDS);
    }

    /**
     * Starts the thread, so that machines can be ended even if the system has no more threads to
     * give then.
     */
    void start() {
        executor.prestartCoreThread();
    }

    private static long nanoseconds(Duration delay) {
        try {
            // the executor compares times by their difference, which must not overflow
            return Math.min(delay.toNanos(), Long.MAX_VALUE >> 2);
        } catch (ArithmeticException tooLong) {
            return Long.MAX_VALUE >> 2;
        }
    }
}
