package kvm4j.machine;

import kvm4j.device.GuestTime;
import kvm4j.kvm.Vcpu;
import kvm4j.kvm.Vm;
import kvm4j.memory.GuestMemory;
import kvm4j.snapshot.SnapshotException;

import java.lang.ref.Cleaner;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A machine: memory, vCPUs on their threads, devices, an image to start from, and in the end an
 * {@link Outcome}.
 *
 * {@snippet :
 * try (Machine machine = Machine.builder()
 *         .memory(16L << 20)
 *         .image(ImageFormat.of(bytes).read(bytes))
 *         .console(System.out)
 *         .timeLimit(Duration.ofSeconds(10))
 *         .build()) {
 *     Outcome outcome = machine.run();
 * }
 * }
 *
 * <p>Each vCPU has a platform thread, {@code kvm4j-vcpu-N}, as long as it runs. The thread may be
 * another machine's before and afterwards: what devices and observers keep in thread locals stays
 * there.
 *
 * <p>A machine runs once. Any thread may pause, resume, stop or close it; whatever ends it first
 * decides its outcome.
 *
 * <p>Whatever its guest, its console, its devices, its observers or other processes do, a machine
 * ends within {@link #LONGEST_END} of its time limit, of {@link #stop()} and of {@link #close()},
 * and as a rule within a few milliseconds. No instruction of the guest runs after that. What the
 * guest printed before is delivered as far as somebody reads it.
 */
public final class Machine implements AutoCloseable {

    /**
     * How long a machine takes at most to end: 2,000 ms. Half of it is for vCPUs whose devices or
     * observers do not return, whose threads are interrupted meanwhile; half for output that nobody
     * reads.
     */
    public static final Duration LONGEST_END =
            Duration.ofMillis(Ending.LEAVING_MILLISECONDS + Ending.OUTPUT_MILLISECONDS);

    /** How long {@link #pause()} and {@link #onVcpu} wait at most: 5,000 ms. */
    public static final Duration LONGEST_WAIT = Duration.ofMillis(5000);

    private final MachineBoard board;
    private final MachineStates states;
    private final Life life;
    private final Processors processors;
    private final Ending ending;
    private final Startup startup;
    private final Abandonment abandonment;
    private final Cleaner.Cleanable cleanable;
    private boolean started;
    private boolean closed;

    /**
     * A machine that waits to be started.
     *
     * @param board its board, with all that is plugged into it
     * @param states its state as a whole
     * @param life its processors, and how it ends
     * @param startup what begins when it is started
     * @param holdings what it holds of the host
     */
    Machine(
            MachineBoard board,
            MachineStates states,
            Life life,
            Startup startup,
            Holdings holdings) {
        this.board = board;
        this.states = states;
        this.life = life;
        this.processors = life.processors();
        this.ending = life.ending();
        this.startup = startup;
        this.abandonment = new Abandonment(ending, holdings);
        this.cleanable = Reclamation.of(this, abandonment);
    }

    /**
     * Starts the description of a machine.
     *
     * @return a builder, which needs at least an image
     */
    public static MachineBuilder builder() {
        return new MachineBuilder();
    }

    /**
     * The guest's memory, to look at and to change, also while the guest runs.
     *
     * @return the memory, owned by the machine
     */
    public GuestMemory memory() {
        return board.memory();
    }

    /**
     * Starts the machine and waits for its end. A thread that is interrupted meanwhile stops the
     * machine, and finds its interrupt status set afterwards.
     *
     * @return how it ended
     * @throws IllegalStateException if it has been started before, or is closed
     */
    public Outcome run() {
        start();
        return await();
    }

    /**
     * Starts the vCPUs, and the clock of the time limit. A machine that was stopped before has its
     * outcome already, and does not run.
     *
     * @throws IllegalStateException if the machine has been started before, or is closed
     */
    public synchronized void start() {
        if (started) {
            throw new IllegalStateException("a machine runs once");
        }
        if (closed) {
            throw new IllegalStateException("the machine is closed");
        }
        started = true;
        if (ending.isDecided()) {
            return;
        }
        abandonment.runs();
        startup.begin();
    }

    /**
     * Waits for the machine's end. A thread that is interrupted meanwhile stops the machine, and
     * finds its interrupt status set afterwards.
     *
     * @return how it ended; every vCPU has left the guest by then, and all that it sent is written
     * @throws IllegalStateException if the machine has not been started, or if called on a thread
     *     of the machine, which cannot wait for itself
     */
    public Outcome await() {
        requireEndToCome();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return ending.ended().get();
                } catch (InterruptedException e) {
                    interrupted = true;
                    stop();
                } catch (ExecutionException impossible) {
                    throw new AssertionError(impossible);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * Waits some time for the machine's end.
     *
     * @param limit how long at most
     * @return how it ended
     * @throws TimeoutException if it has not ended in that time, and goes on
     * @throws InterruptedException if the thread is interrupted meanwhile; the machine goes on
     * @throws IllegalStateException if the machine has not been started, or if called on a thread
     *     of the machine, which cannot wait for itself
     */
    public Outcome await(Duration limit) throws InterruptedException, TimeoutException {
        requireEndToCome();
        try {
            return ending.ended().get(TimeUnit.NANOSECONDS.convert(limit), TimeUnit.NANOSECONDS);
        } catch (ExecutionException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private void requireEndToCome() {
        requireForeignThread("wait for its end");
        synchronized (this) {
            if (!started && !ending.isDecided()) {
                throw new IllegalStateException("the machine has not been started");
            }
        }
    }

    private void requireForeignThread(String deed) {
        if (life.isCallers()) {
            throw new IllegalStateException("a machine's own thread cannot " + deed);
        }
    }

    /**
     * How the machine ends, for those who do not want to wait. What is to be done then is done on
     * threads for that alone, at most 64 in this JVM, and may take as long as it likes.
     *
     * @return a future of the caller's own, to be kept by those who look at it again and again:
     *     completed when the machine has ended, never exceptionally; to complete or to cancel it
     *     does nothing to the machine
     */
    public CompletableFuture<Outcome> outcome() {
        return ending.ended().thenApplyAsync(Function.identity(), OutcomeThreads.EXECUTOR);
    }

    /**
     * Takes all vCPUs out of the guest, and returns when they are. Each pause is counted, and ended
     * by one {@link #resume()}; {@link #hold()} is the form for {@code try}. Does nothing to a
     * machine that has ended.
     *
     * @throws IllegalStateException if called on a thread of the machine, which would wait for
     *     itself, or if a device or an observer keeps a vCPU for {@link #LONGEST_WAIT}; the machine
     *     is not paused then
     * @throws CancellationException if the thread is interrupted meanwhile, whose interrupt status
     *     is set; the machine is not paused then
     * @throws kvm4j.linux.LinuxException if the kernel refuses to interrupt a vCPU
     */
    public void pause() {
        requireForeignThread("wait for its pause");
        processors.hold(Kick.Reason.PAUSE);
        try {
            processors.awaitOutside(LONGEST_WAIT);
            processors.countPause();
        } catch (InterruptedException e) {
            processors.release();
            throw interrupted();
        } catch (RuntimeException | Error e) {
            processors.release();
            throw e;
        }
    }

    private static CancellationException interrupted() {
        Thread.currentThread().interrupt();
        return new CancellationException("the waiting thread was interrupted");
    }

    /**
     * Ends one {@link #pause()}; when the last is ended, all vCPUs go on. Does nothing to a machine
     * that is not paused. Any thread may.
     */
    public void resume() {
        processors.resume();
    }

    /**
     * Pauses the machine until what is returned is closed.
     *
     * {@snippet :
     * try (Machine.Hold _ = machine.hold()) {
     *     long value = machine.memory().getLong(0x1000);
     * }
     * }
     *
     * @return the pause
     * @throws IllegalStateException as {@link #pause()} throws it
     */
    public Hold hold() {
        pause();
        return new Hold(this);
    }

    /** A pause of a machine. */
    public static final class Hold implements AutoCloseable {

        private final Machine machine;
        private boolean ended;

        private Hold(Machine machine) {
            this.machine = machine;
        }

        /** Ends the pause. Does nothing the second time. */
        @Override
        public synchronized void close() {
            if (!ended) {
                ended = true;
                machine.resume();
            }
        }
    }

    /**
     * Has something done with a vCPU while it is out of the guest, on its own thread, and waits for
     * that. The vCPU goes on afterwards, unless the machine is paused or has ended.
     *
     * @param <R> what comes of it
     * @param number which vCPU, from 0
     * @param task what to do; it must not close the vCPU
     * @return what the task returned
     * @throws IndexOutOfBoundsException if there is no such vCPU
     * @throws IllegalStateException if called on another thread of the machine, or if the vCPU does
     *     not come to it in {@link #LONGEST_WAIT}, or the machine is closed
     * @throws CancellationException if the thread is interrupted meanwhile
     */
    public <R> R onVcpu(int number, Function<? super Vcpu, ? extends R> task) {
        VcpuThread thread = processors.threads().get(number);
        if (thread.isCurrent()) {
            return task.apply(thread.vcpu());
        }
        requireForeignThread("wait for one of its vCPUs");
        FutureTask<R> future = new FutureTask<>(() -> task.apply(thread.vcpu()));
        if (!thread.execute(future)) {
            future.run();
        }
        try {
            return future.get(LONGEST_WAIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            future.cancel(false);
            throw interrupted();
        } catch (TimeoutException e) {
            future.cancel(false);
            throw new IllegalStateException(
                    "a device or an observer keeps " + thread.name() + " from it", e);
        } catch (ExecutionException e) {
            throw rethrown(e.getCause());
        }
    }

    @SuppressWarnings("unchecked") // as the caller would have seen it, had it run the task itself
    private static <T extends Throwable> RuntimeException rethrown(Throwable failure) throws T {
        throw (T) failure;
    }

    /**
     * Has something done with the virtual machine itself, on the calling thread: what is not asked
     * of one vCPU, such as its state as a whole, its clock, its memory slots or its statistics. The
     * machine may be running; {@link #hold()} it where that matters.
     *
     * @param <R> what comes of it
     * @param task what to do; it must not close the virtual machine
     * @return what the task returned
     */
    public <R> R onVm(Function<? super Vm, ? extends R> task) {
        return task.apply(board.vm());
    }

    /**
     * Takes a snapshot of the machine, which is paused for that. From the first on it notes which
     * pages the guest writes, so that {@link #restore} has no others to copy.
     *
     * @return the snapshot, to be closed by the caller
     * @throws IllegalStateException if the machine has ended or is closed, if its guest has
     *     suspended it to memory, if a device that is no {@link kvm4j.device.StatefulDevice} is
     *     connected, or as {@link #pause()} throws it
     * @throws CancellationException if the thread is interrupted meanwhile
     * @throws kvm4j.linux.LinuxException if the kernel refuses anything
     */
    public Snapshot snapshot() {
        return whileHeld(states::take);
    }

    /** Does something with vCPUs, devices and memory that the guest must not see half done. */
    private <R> R whileHeld(Supplier<R> deed) {
        try (Hold _ = hold()) {
            processors.use().lock();
            board.hostAccess().lock();
            try {
                requireAlive();
                return deed.get();
            } finally {
                board.hostAccess().unlock();
                processors.use().unlock();
            }
        }
    }

    /**
     * Makes the machine what it was, or what another of its kind was; it is paused for that. The
     * guest's time stood still meanwhile. What it has sent since then is sent.
     *
     * @param snapshot of this machine, of one that it was forked from, or of a fork: then what has
     *     to be copied are the pages that were written since; of any other machine with the same
     *     memory and devices: then all pages are compared
     * @throws IllegalArgumentException if the snapshot is of a machine with other memory,
     *     processors or devices; the machine is unchanged
     * @throws IllegalStateException if the machine has ended, if it or the snapshot is closed, or
     *     as {@link #pause()} throws it
     * @throws CancellationException if the thread is interrupted meanwhile
     * @throws SnapshotException if this host's KVM does not take a part of the state; the machine
     *     has ended
     * @throws kvm4j.linux.LinuxException if the kernel refuses anything; a machine that is restored
     *     in part then has ended
     */
    public void restore(Snapshot snapshot) {
        restore(snapshot, GuestTime.STOPPED);
    }

    /**
     * Makes the machine what it was, or what another of its kind was.
     *
     * @param snapshot which, as {@link #restore(Snapshot)} says
     * @param time what was the guest's time since then: its time-stamp counters, its paravirtual
     *     clock, its timers and its real-time clock
     * @throws IllegalArgumentException as {@link #restore(Snapshot)} throws it
     * @throws IllegalStateException as {@link #restore(Snapshot)} throws it
     * @throws CancellationException if the thread is interrupted meanwhile
     * @throws SnapshotException as {@link #restore(Snapshot)} throws it
     * @throws kvm4j.linux.LinuxException if the kernel refuses anything
     */
    public void restore(Snapshot snapshot, GuestTime time) {
        whileHeld(
                () -> {
                    states.takeBack(snapshot, time);
                    return null;
                });
    }

    /** Gives a machine that has not started yet the state of another. */
    void continueFrom(Beginning.Forked forked) {
        states.continueFrom(forked);
    }

    private synchronized void requireAlive() {
        if (closed || ending.isDecided()) {
            throw new IllegalStateException("the machine has ended");
        }
    }

    /**
     * Asks the guest to shut down: presses the ACPI power button, which a guest may heed or not.
     *
     * @throws IllegalStateException if the machine is not a {@link MachineBuilder#pc()}, which has
     *     the button
     */
    public void pressPowerButton() {
        board.pressPowerButton();
    }

    /**
     * Ends the machine with {@link Outcome.Stopped}, unless it has ended already. Returns at once;
     * the thread that waits for the outcome returns when the vCPUs have left the guest. May be
     * called from anywhere, an {@link ExitObserver} too.
     */
    public void stop() {
        ending.end(new Outcome.Stopped());
    }

    /**
     * Stops the machine if it still runs, waits for its end, and gives back everything it holds.
     * What a device that does not return still uses is given back when it does. Does nothing the
     * second time.
     *
     * @throws IllegalStateException if called on a thread of the machine, which cannot wait for
     *     itself
     */
    @Override
    public void close() {
        requireForeignThread("close it, but can stop it");
        synchronized (this) {
            closed = true;
        }
        stop();
        ending.ended().join();
        processors.join();
        abandonment.close();
        cleanable.clean();
    }

    /**
     * Closes several machines at once. To let go of one the kernel waits for several grace periods;
     * those of many machines may be the same, where one after another would have each its own.
     *
     * @param machines which
     * @throws IllegalStateException if called on a thread of one of them; then none is closed
     */
    public static void closeAll(Collection<Machine> machines) {
        List<Machine> all = List.copyOf(machines);
        all.forEach(machine -> machine.requireForeignThread("close it, but can stop it"));
        all.forEach(Machine::stop);
        new Closing(all).complete();
    }
}
