package kvm4j.machine;

import kvm4j.linux.LinuxException;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;

/** The vCPU threads of a machine, told something all together. */
final class Processors {

    /** How long a thread may take to end that does nothing any more. */
    private static final Duration LAST_STEPS = Duration.ofMillis(100);

    private final AtomicInteger pauses = new AtomicInteger();
    private final List<VcpuThread> threads = new CopyOnWriteArrayList<>();

    /** Who looks at vCPUs that are held, or changes them, past their own threads. */
    private final ReentrantLock use = new ReentrantLock();

    /** Adds one, while the machine is built. */
    void add(VcpuThread thread) {
        threads.add(thread);
    }

    List<VcpuThread> threads() {
        return threads;
    }

    /**
     * Starts all threads.
     *
     * @throws PartFailure if the system has no more threads to give
     */
    void start() {
        for (VcpuThread thread : threads) {
            try {
                thread.start();
            } catch (Throwable noThread) {
                throw new PartFailure(thread.name(), noThread);
            }
        }
    }

    /**
     * {@return the right to use the vCPUs on the calling thread while all are held: a lock that is
     * not held for long}
     */
    Lock use() {
        return use;
    }

    /** Keeps all vCPUs out of the guest, once more. Does not wait until they are. */
    void hold(Kick.Reason reason) {
        threads.forEach(thread -> thread.hold(reason));
    }

    /** Takes a hold back. */
    void release() {
        threads.forEach(VcpuThread::release);
    }

    /** Holds all vCPUs as one of the pauses that {@link #resume()} ends. Does not wait. */
    void pause() {
        hold(Kick.Reason.PAUSE);
        countPause();
    }

    /** A hold has become one of the pauses that {@link #resume()} ends. */
    void countPause() {
        pauses.incrementAndGet();
    }

    /** Ends one pause, if there is one. */
    void resume() {
        if (pauses.getAndUpdate(count -> Math.max(0, count - 1)) > 0) {
            release();
        }
    }

    /** Lets all threads end. To be repeated until they have left. */
    void stop() {
        threads.forEach(VcpuThread::stop);
    }

    /** Interrupts whatever devices and observers have those wait for that have not left. */
    void interruptThoseWaiting() {
        threads.stream().filter(thread -> !thread.hasLeft()).forEach(VcpuThread::interruptWaiting);
    }

    /** The names of those that have not left. */
    String stragglers() {
        return threads.stream()
                .filter(thread -> !thread.hasLeft())
                .map(VcpuThread::name)
                .collect(Collectors.joining(", "));
    }

    boolean areOutside() {
        return threads.stream().allMatch(VcpuThread::isOutside);
    }

    boolean haveLeft() {
        return threads.stream().allMatch(VcpuThread::hasLeft);
    }

    /** Whether the calling thread is a vCPU's. */
    boolean includeCaller() {
        return threads.stream().anyMatch(VcpuThread::isCurrent);
    }

    /**
     * Waits until all vCPUs are outside, as {@link #hold} asked.
     *
     * @param limit how long for all
     * @throws IllegalStateException if one does not leave a device or an observer in that time
     * @throws LinuxException if one cannot be kicked
     * @throws InterruptedException if the waiting thread is interrupted
     */
    void awaitOutside(Duration limit) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        for (VcpuThread thread : threads) {
            if (!thread.awaitOutside(deadline)) {
                throw new IllegalStateException(
                        "%s cannot pause: a device or an observer has kept it for %d ms"
                                .formatted(thread.name(), limit.toMillis()));
            }
        }
    }

    /** Waits a little until the threads of those that have left have ended. */
    void join() {
        boolean interrupted = Thread.interrupted();
        for (VcpuThread thread : threads) {
            interrupted |= !thread.join(LAST_STEPS);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** The failure of a vCPU that could not be kicked, if there is one. */
    Optional<Outcome> refusedKick() {
        return threads.stream()
                .flatMap(
                        thread ->
                                thread.refusedKick().stream()
                                        .map(
                                                e ->
                                                        (Outcome)
                                                                new Outcome.HostError(
                                                                        thread.name(), e)))
                .findFirst();
    }

    /** Where each vCPU was. */
    List<VcpuPosition> positions() {
        return threads.stream().map(VcpuThread::position).toList();
    }
}
