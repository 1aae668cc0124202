package kvm4j.machine;

import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The thread on which all machines of this process have done what is to be done at a time: time
 * limits, and the repeated kicks of vCPUs that are to leave the guest. What is done there never
 * waits.
 */
final class MachineClock {

    private static final ScheduledThreadPoolExecutor EXECUTOR = createExecutor();

    private MachineClock() {}

    private static ScheduledThreadPoolExecutor createExecutor() {
        ScheduledThreadPoolExecutor executor =
                new ScheduledThreadPoolExecutor(
                        1, Thread.ofPlatform().name("kvm4j-clock").daemon().factory());
        executor.setRemoveOnCancelPolicy(true);
        return executor;
    }

    /**
     * Has something done once.
     *
     * @param delay in how much time; one too long to count in nanoseconds never passes
     * @param action what; it must not wait for anything
     * @return by which it can be cancelled
     */
    static ScheduledFuture<?> after(Duration delay, Runnable action) {
        return EXECUTOR.schedule(action, nanoseconds(delay), TimeUnit.NANOSECONDS);
    }

    /**
     * Starts the thread, so that machines can be ended even if the system has no more threads to
     * give then.
     */
    static void start() {
        EXECUTOR.prestartCoreThread();
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
