package kvm4j.cli;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * The time limit, for what comes before a machine and may wait without an end: to open a FIFO.
 *
 * @param duration the limit; none if the user gave none
 */
record TimeLimit(Optional<Duration> duration) {

    /**
     * Does something that ends in time, or is left to itself.
     *
     * @param step what to do
     * @param <T> what comes of it
     * @return what comes of it
     * @throws Failure if the time is over first
     */
    <T> T heed(Supplier<T> step) {
        return duration.isPresent() ? within(duration.get(), step) : step.get();
    }

    private static <T> T within(Duration limit, Supplier<T> step) {
        FutureTask<T> task = new FutureTask<>(step::get);
        Thread.ofPlatform().name("kvm4j-files").daemon().start(task);
        try {
            return task.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new Failure(
                    ExitStatus.TIME_LIMIT,
                    "the time limit passed before the guest could start: one of its files does not"
                            + " open, as a FIFO that nobody has at its other end",
                    e);
        } catch (ExecutionException e) {
            throw unchecked(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(ExitStatus.INTERRUPTED, "interrupted before the guest started", e);
        }
    }

    /** A supplier throws nothing else. */
    private static RuntimeException unchecked(Throwable cause) {
        if (cause instanceof Error error) {
            throw error;
        }
        return (RuntimeException) cause;
    }
}
