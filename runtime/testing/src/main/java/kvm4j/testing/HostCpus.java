package kvm4j.testing;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The host's CPUs, of which guests under test take as many as they have processors, in turn: so
 * that a guest's time limit is about the guest, however many tests run at once. Of this process
 * alone.
 */
final class HostCpus {

    private static final int COUNT = Runtime.getRuntime().availableProcessors();
    private static final Semaphore FREE = new Semaphore(COUNT, true);
    private static final ThreadLocal<AtomicInteger> HELD =
            ThreadLocal.withInitial(AtomicInteger::new);

    private HostCpus() {}

    /**
     * Waits until so many are free. A thread that has some gets more at once, as those who wait
     * could else wait for each other.
     *
     * @param wanted how many; more than there are is all
     * @return what gives them back
     * @throws InterruptedException if the thread is interrupted meanwhile
     */
    static Lease lease(int wanted) throws InterruptedException {
        AtomicInteger held = HELD.get();
        int count = held.get() > 0 ? 0 : Math.clamp(wanted, 0, COUNT);
        FREE.acquire(count);
        held.incrementAndGet();
        return new Lease(count, held);
    }

    /** CPUs that a guest has. */
    static final class Lease implements AutoCloseable {

        private final int count;
        private final AtomicInteger held;
        private boolean closed;

        private Lease(int count, AtomicInteger held) {
            this.count = count;
            this.held = held;
        }

        /** Gives them back. Does nothing the second time. */
        @Override
        public synchronized void close() {
            if (!closed) {
                closed = true;
                held.decrementAndGet();
                FREE.release(count);
            }
        }
    }
}
