package kvm4j.machine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Several machines that are closed at once, each by whatever thread comes to it first. */
final class Closing {

    /** The kernel's grace periods serve all that wait for them. */
    private static final int MOST_THREADS = 64;

    private final Queue<Machine> left;
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

    Closing(Collection<Machine> machines) {
        left = new ConcurrentLinkedQueue<>(machines);
    }

    /**
     * Closes them all, whatever becomes of one, and whoever interrupts the caller meanwhile. What
     * closing one throws first is thrown, with the others.
     */
    void complete() {
        List<Thread> helpers = startHelpers(Math.min(left.size(), MOST_THREADS) - 1);
        closeWhatIsLeft();
        helpers.forEach(Closing::join);
        Throwable first = failures.poll();
        if (first != null) {
            failures.forEach(first::addSuppressed);
            switch (first) {
                case RuntimeException exception -> throw exception;
                case Error error -> throw error;
                default -> throw new AssertionError(first);
            }
        }
    }

    /** Starts as many as the host lets it have. */
    private List<Thread> startHelpers(int count) {
        List<Thread> helpers = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                helpers.add(
                        Thread.ofPlatform()
                                .name("kvm4j-closing-" + i)
                                .daemon()
                                .start(this::closeWhatIsLeft));
            }
        } catch (OutOfMemoryError noMoreThreads) {
            // those that run do it, and the caller's
        }
        return helpers;
    }

    private void closeWhatIsLeft() {
        for (Machine machine = left.poll(); machine != null; machine = left.poll()) {
            try {
                machine.close();
            } catch (RuntimeException | Error failure) {
                failures.add(failure);
            }
        }
    }

    /** Waits until a thread has ended, whoever interrupts the caller meanwhile. */
    static void join(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
