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
    private record Order(long[] times, int size) {}

    private static final Order RELEASE = new Order(new long[0], Integer.MAX_VALUE);

    /** How often to look whether the machine is still there. */
    private static final long LOOK_MILLIS = 500;

    private final SynchronousQueue<Order> orders = new SynchronousQueue<>();
    private final SynchronousQueue<Measurable.Turn> replies = new SynchronousQueue<>();
    private volatile Outcome ended;

    // What follows belongs to the vCPU's thread.
    private InstructionCounter instructions;
    private Order order;
    private int remaining = 1;
    private int group;
    private long start;
    private long executed;

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
        if (--remaining == 0) {
            endOfGroup();
        }
    }

    private void endOfGroup() {
        long elapsed = System.nanoTime() - start;
        if (order != null) {
            record(elapsed);
        } else {
            instructions = InstructionCounter.ofThisThread();
            begin(nextOrder());
        }
        remaining = order.size();
        start = System.nanoTime();
    }

    private void begin(Order next) {
        order = next;
        group = -Measurable.Turn.warmUpGroups(next.times().length);
    }

    private void record(long elapsed) {
        if (group >= 0) {
            order.times()[group] = elapsed;
        }
        group++;
        if (group == 0) {
            executed = instructions.count();
        }
        if (group == order.times().length) {
            long count = executed < 0 ? -1 : instructions.count() - executed;
            report(new Measurable.Turn(order.times(), count));
            begin(nextOrder());
        }
    }

    private void report(Measurable.Turn turn) {
        try {
            replies.put(turn);
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

    Measurable.Turn measure(int groups, int size) {
        Order next = new Order(new long[groups], size);
        try {
            while (!orders.offer(next, LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                requireMachine();
            }
            Measurable.Turn turn = null;
            while (turn == null) {
                turn = replies.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
                requireMachine();
            }
            return turn;
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
