package kvm4j.benchmarks.loop;

import kvm4j.device.BusDevice;
import kvm4j.linux.InstructionCounter;
import kvm4j.machine.Outcome;

import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;

/**
 * A device that counts the accesses to it. At the end of a turn it keeps the vCPU's thread, inside
 * the access, until somebody asks for the next one.
 */
final class TurnDevice implements BusDevice {

    /** What the vCPU's thread is to do next. */
    private record Order(long count, long[] samples) {}

    private static final Order RELEASE = new Order(Long.MAX_VALUE, null);

    /** How often to look whether the machine is still there. */
    private static final long LOOK_MILLIS = 500;

    private final SynchronousQueue<Order> orders = new SynchronousQueue<>();
    private final SynchronousQueue<Measurable.Batch> replies = new SynchronousQueue<>();
    private volatile Outcome ended;

    // What follows belongs to the vCPU's thread.
    private InstructionCounter instructions;
    private Order order;
    private boolean timed;
    private long remaining = 1;
    private long executed;
    private long start;
    private long[] samples;
    private int sampled;

    @Override
    public long read(long offset, int size) {
        access();
        return 0;
    }

    @Override
    public void write(long offset, int size, long value) {
        access();
    }

    private void access() {
        if (samples != null) {
            long now = System.nanoTime();
            samples[sampled++] = now - start;
            start = now;
        }
        if (--remaining == 0) {
            turnOver();
        }
    }

    /** The first accesses of an order are not timed: others had the caches since the last. */
    private void turnOver() {
        if (order != null && !timed) {
            begin();
            return;
        }
        if (order != null) {
            long elapsed = System.nanoTime() - start;
            long count = executed < 0 ? -1 : instructions.count() - executed;
            samples = null;
            report(new Measurable.Batch(elapsed, count));
        }
        order = nextOrder();
        timed = false;
        remaining = 1 + order.count() / 16;
    }

    private void begin() {
        if (instructions == null) {
            instructions = InstructionCounter.ofThisThread();
        }
        timed = true;
        remaining = order.count();
        samples = order.samples();
        sampled = 0;
        executed = instructions.count();
        start = System.nanoTime();
    }

    private void report(Measurable.Batch batch) {
        try {
            replies.put(batch);
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
        }
    }

    private Order nextOrder() {
        try {
            return orders.take();
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
        }
    }

    // What follows belongs to the thread that gives orders.

    Measurable.Batch batch(long count) {
        return carryOut(new Order(count, null));
    }

    long[] sample(int count) {
        long[] taken = new long[count];
        carryOut(new Order(count, taken));
        return taken;
    }

    private Measurable.Batch carryOut(Order next) {
        try {
            while (!orders.offer(next, LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                requireMachine();
            }
            Measurable.Batch batch = null;
            while (batch == null) {
                batch = replies.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
                requireMachine();
            }
            return batch;
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
        }
    }

    private void requireMachine() {
        if (ended != null) {
            throw new IllegalStateException("the machine ended: " + ended);
        }
    }

    /** Lets the guest run on, for its machine to be stopped. */
    void release() {
        try {
            orders.offer(RELEASE, LOOK_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Tells whoever gives orders that there will be no more turns. */
    void abandon(Outcome outcome) {
        ended = outcome;
    }
}
