package kvm4j.machine;

import kvm4j.linux.LinuxException;

import org.slf4j.LoggerFactory;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Machines that are ready to go on from a snapshot, so that nobody waits for one to be made: a
 * thread of the pool's own makes them ahead, and makes those ready again that are given back.
 *
 * {@snippet :
 * try (Snapshot snapshot = machine.snapshot();
 *         MachinePool pool = new MachinePool(snapshot, 4, builder -> {})) {
 *     Machine ready = pool.take();
 *     ready.resume();
 *     Outcome outcome = ready.await();
 *     pool.giveBack(ready);
 * }
 * }
 *
 * <p>A machine that is taken has been started and is paused, where the snapshot is: {@link
 * Machine#resume()} lets its guest go on. One that is given back before its end is {@linkplain
 * Machine#restore restored}, which is quick; one that has ended is closed, and another is made.
 *
 * <p>Any thread may use it.
 */
public final class MachinePool implements AutoCloseable {

    private final Snapshot snapshot;
    private final int capacity;
    private final Consumer<? super MachineBuilder> changes;
    private final Thread maker =
            Thread.ofPlatform().name("kvm4j-pool").daemon().unstarted(this::make);

    private final Deque<Machine> ready = new ArrayDeque<>();
    private final Deque<Machine> returned = new ArrayDeque<>();
    private final Set<Machine> taken = new HashSet<>();
    private int beingMade;
    private long forks;
    private long restorations;
    private RuntimeException failure;
    private boolean closed;
    private boolean closing;
    private boolean abandoned;

    /**
     * What a pool holds, and what it did.
     *
     * @param ready how many machines wait to be taken
     * @param taken how many are in use
     * @param memory how much memory all of them can have at most, in bytes, if their guests write
     *     to all of it
     * @param forks how many machines were made so far
     * @param restorations how often one was made ready again
     */
    public record Holding(int ready, int taken, long memory, long forks, long restorations) {}

    /**
     * A pool, which begins to fill at once.
     *
     * @param snapshot where machines go on from; not closed by the pool, and to be closed after it
     * @param capacity how many machines there are at most, taken ones included
     * @param changes gets the builder of each machine, as {@link Snapshot#fork(Consumer)} says
     * @throws IllegalArgumentException if the capacity is not positive
     */
    public MachinePool(Snapshot snapshot, int capacity, Consumer<? super MachineBuilder> changes) {
        if (capacity < 1) {
            throw new IllegalArgumentException("a pool has at least one machine: " + capacity);
        }
        this.snapshot = Objects.requireNonNull(snapshot);
        this.capacity = capacity;
        this.changes = Objects.requireNonNull(changes);
        maker.start();
    }

    /**
     * Takes a machine, and waits for one if none is ready.
     *
     * @return a machine that is started and paused; to be given back, whatever became of it
     * @throws InterruptedException if the thread is interrupted while it waits
     * @throws IllegalStateException if the pool is closed, or on the thread that makes machines
     * @throws LinuxException if the last attempt to make a machine failed; the next take tries
     *     again
     * @throws IllegalArgumentException if the machines that are described have other processors or
     *     devices than the snapshot
     */
    public synchronized Machine take() throws InterruptedException {
        requireForeignThread("wait for a machine");
        while (true) {
            requireOpen();
            if (!ready.isEmpty()) {
                Machine machine = ready.pop();
                taken.add(machine);
                notifyAll();
                return machine;
            }
            if (failure != null) {
                RuntimeException told = failure;
                failure = null;
                notifyAll();
                throw told;
            }
            wait();
        }
    }

    /**
     * Gives a machine back. It is made ready again, or replaced, on the pool's thread.
     *
     * @param machine one that was taken, and is not used any more
     * @throws IllegalArgumentException if it was not taken from this pool, or is given back already
     */
    public synchronized void giveBack(Machine machine) {
        if (!taken.remove(machine)) {
            throw new IllegalArgumentException("the machine was not taken from this pool");
        }
        returned.push(machine);
        notifyAll();
    }

    /**
     * What the pool holds at this moment.
     *
     * @return the figures
     */
    public synchronized Holding holding() {
        int machines = ready.size() + taken.size() + returned.size() + beingMade;
        return new Holding(
                ready.size(),
                taken.size(),
                machines * snapshot.state().hardware().memorySize(),
                forks,
                restorations);
    }

    private void requireForeignThread(String deed) {
        if (Thread.currentThread() == maker) {
            throw new IllegalStateException("a pool's own thread cannot " + deed);
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the pool is closed");
        }
    }

    private void make() {
        while (awaitWork()) {
            Machine used = nextReturned();
            try {
                Machine machine = used == null ? fork() : again(used);
                synchronized (this) {
                    beingMade--;
                    ready.add(machine);
                    notifyAll();
                }
            } catch (Throwable broken) {
                failed(broken);
            }
        }
        closeAll();
    }

    /** Waits until a machine is to be made; false if none is any more. */
    private synchronized boolean awaitWork() {
        while (!closed && (failure != null || returned.isEmpty() && isFull())) {
            try {
                wait();
            } catch (InterruptedException nobodyHasAReason) {
                // the pool is closed by its method
            }
        }
        if (!closed) {
            beingMade++;
        }
        return !closed;
    }

    private boolean isFull() {
        return ready.size() + taken.size() >= capacity;
    }

    private synchronized Machine nextReturned() {
        return returned.poll();
    }

    private Machine fork() {
        Machine machine = snapshot.fork(changes);
        try {
            machine.pause();
            machine.start();
        } catch (Throwable broken) {
            machine.close();
            throw broken;
        }
        synchronized (this) {
            forks++;
        }
        return machine;
    }

    /** A machine that has ended cannot be restored, nor one that nobody can pause. */
    private Machine again(Machine used) {
        try {
            used.pause();
            used.restore(snapshot);
            synchronized (this) {
                restorations++;
            }
            return used;
        } catch (IllegalStateException ended) {
            used.close();
            return fork();
        } catch (Throwable broken) {
            used.close();
            throw broken;
        }
    }

    private synchronized void failed(Throwable broken) {
        beingMade--;
        failure =
                broken instanceof RuntimeException known
                        ? known
                        : new IllegalStateException("no machine can be made", broken);
        LoggerFactory.getLogger(MachinePool.class).warn("no machine can be made", broken);
        notifyAll();
    }

    private void closeAll() {
        Deque<Machine> all = new ArrayDeque<>();
        synchronized (this) {
            closing = Thread.currentThread() == maker;
            notifyAll();
            all.addAll(ready);
            all.addAll(returned);
            all.addAll(taken);
            ready.clear();
            returned.clear();
            taken.clear();
        }
        Machine.closeAll(all);
    }

    /**
     * Closes all machines, those that are taken too, and waits for that. One that is being made,
     * and does not come to its end within {@link Machine#LONGEST_WAIT}, is closed when it does.
     * Does nothing the second time.
     *
     * @throws IllegalStateException on the thread that makes machines
     */
    @Override
    public void close() {
        requireForeignThread("close it");
        if (isAbandoned()) {
            return;
        }
        if (isLeftByMaker()) {
            Closing.join(maker);
        } else {
            abandon();
            maker.interrupt();
            closeAll();
        }
    }

    private synchronized boolean isAbandoned() {
        return abandoned;
    }

    private synchronized void abandon() {
        abandoned = true;
    }

    /** Whether the thread that makes machines has come to close them, whoever interrupts us. */
    private synchronized boolean isLeftByMaker() {
        closed = true;
        notifyAll();
        long deadline = System.nanoTime() + Machine.LONGEST_WAIT.toNanos();
        boolean interrupted = false;
        while (!closing && System.nanoTime() < deadline) {
            try {
                wait(1 + Math.max(0, deadline - System.nanoTime()) / 1_000_000);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return closing;
    }
}
