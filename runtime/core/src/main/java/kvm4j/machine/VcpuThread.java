package kvm4j.machine;

import kvm4j.boot.EntryState;
import kvm4j.kvm.Vcpu;
import kvm4j.linux.CpuSet;
import kvm4j.linux.LinuxException;
import kvm4j.linux.NativeThread;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The thread that a vCPU belongs to. Others tell it what to do, and none of that waits: a {@link
 * #hold} keeps the vCPU out of the guest until it is {@linkplain #release() released}, a task is
 * done while it is outside, a {@link #stop()} lets the thread end. Each takes effect within the
 * time of one signal, even if the guest spins with interrupts off.
 */
final class VcpuThread {

    /** How a vCPU's thread tells its machine about itself. */
    interface Listener {

        /** The vCPU's run has ended the machine. Called before the vCPU could enter again. */
        void ended(Outcome outcome);

        /** The vCPU is out of the guest, held. Called on its thread. */
        void heldOutside();

        /** The thread does nothing with its vCPU any more. Called once, as the last it does. */
        void left(VcpuThread thread);

        /** Whether the machine's outcome says where each vCPU was. */
        boolean wantsPositions();
    }

    private final Vcpu vcpu;
    private final ExitLoop loop;
    private final Optional<CpuSet> hostCpus;
    private final Listener listener;
    private final Observation observation;
    private final CountDownLatch over = new CountDownLatch(1);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private int holds;
    private boolean started;
    private boolean stopped;
    private boolean outside = true;
    private boolean left;
    private LinuxException refusedKick;

    /** Null while nobody wants the vCPU out of the guest that it is in. */
    private Kick.Request kick;

    /** Null until the vCPU has come to a thread, and when it has left it. */
    private volatile Thread thread;

    private volatile VcpuPosition position;

    /**
     * A vCPU that has not started.
     *
     * @param vcpu the vCPU it runs
     * @param loop what it does
     * @param hostCpus where it runs, if that matters
     * @param listener told what becomes of it
     * @param observation told of its start and its kicks
     */
    VcpuThread(
            Vcpu vcpu,
            ExitLoop loop,
            Optional<CpuSet> hostCpus,
            Listener listener,
            Observation observation) {
        this.vcpu = vcpu;
        this.loop = loop;
        this.hostCpus = hostCpus;
        this.listener = listener;
        this.observation = observation;
        this.position = VcpuPosition.unread(vcpu.id(), VcpuPosition.Activity.NOT_STARTED);
    }

    /** Gives the vCPU, which has not run yet, the state in which it starts. */
    void enterAt(EntryState entry) {
        vcpu.enterAt(entry.registers(), entry.special());
    }

    /** What error messages call it. */
    String name() {
        return "vCPU " + vcpu.id();
    }

    /** Starts, unless it was stopped before. */
    void start() {
        ThreadOrigin origin = ThreadOrigin.ofCaller();
        if (begin()) {
            try {
                SpareThreads.of(vcpu.id()).execute(() -> live(origin));
            } catch (Throwable noThread) {
                takeBackBegin().forEach(Runnable::run);
                throw noThread;
            }
        }
    }

    /** With the lock held, a thread of the same CPU would begin by waiting for it. */
    private boolean begin() {
        lock.lock();
        try {
            started = !stopped;
            return started;
        } finally {
            lock.unlock();
        }
    }

    /** There is no thread: answers what it was to do, which is left to who started it. */
    private Queue<Runnable> takeBackBegin() {
        lock.lock();
        try {
            started = false;
            return takeTasks();
        } finally {
            lock.unlock();
        }
    }

    private Queue<Runnable> takeTasks() {
        Queue<Runnable> rest = new ArrayDeque<>(tasks);
        tasks.clear();
        return rest;
    }

    private void live(ThreadOrigin origin) {
        thread = Thread.currentThread();
        try {
            run(origin);
        } finally {
            thread = null;
            over.countDown();
        }
    }

    private void run(ThreadOrigin origin) {
        position = VcpuPosition.unread(vcpu.id(), VcpuPosition.Activity.HANDLING_EXIT);
        try {
            origin.passOn();
            hostCpus.ifPresent(cpus -> NativeThread.current().bindTo(cpus));
            if (vcpu.id() == 0) {
                observation.started();
            }
            loop.started();
            while (mayEnter()) {
                Outcome outcome = loop.runUntilInterrupted();
                if (outcome != null) {
                    listener.ended(outcome);
                }
            }
        } catch (PartFailure failure) {
            listener.ended(failure.outcome());
        } catch (Throwable failure) {
            listener.ended(new Outcome.HostError(name(), failure));
        } finally {
            leave();
        }
    }

    /** Waits while held. Answers whether to enter the guest, with the way in clear. */
    private boolean mayEnter() {
        boolean told = false;
        while (true) {
            tellOfKick();
            Runnable task;
            lock.lock();
            try {
                if (stopped) {
                    return false;
                }
                task = tasks.poll();
                if (task == null && holds == 0) {
                    vcpu.exit().clearImmediateExit();
                    outside = false;
                    return true;
                }
                if (task == null && outside && told) {
                    changed.awaitUninterruptibly();
                    continue;
                }
                outside = true;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
            if (task == null) {
                told = true; // not by a task, which may come first: whoever holds waits to be told
                listener.heldOutside();
            } else {
                task.run();
            }
        }
    }

    /** Before the vCPU counts as outside, where others may use it. */
    private void tellOfKick() {
        Kick.Request answered;
        lock.lock();
        try {
            answered = kick;
            kick = null;
        } finally {
            lock.unlock();
        }
        if (answered != null) {
            observation.kicked(vcpu, answered);
        }
    }

    private void leave() {
        try {
            loop.left();
        } catch (PartFailure failure) {
            listener.ended(failure.outcome());
        }
        try {
            if (listener.wantsPositions()) {
                position = loop.position();
            }
        } catch (RuntimeException | Error unreadable) {
            // the outcome does not know then where this vCPU was, which is no reason for another
        } finally {
            Queue<Runnable> rest = closeTasks();
            rest.forEach(Runnable::run);
            listener.left(this);
        }
    }

    private Queue<Runnable> closeTasks() {
        lock.lock();
        try {
            stopped = true;
            outside = true;
            left = true;
            changed.signalAll();
            return takeTasks();
        } finally {
            lock.unlock();
        }
    }

    /** Keeps the vCPU out of the guest, once more. */
    void hold(Kick.Reason reason) {
        lock.lock();
        try {
            holds++;
            callOut(reason);
        } finally {
            lock.unlock();
        }
    }

    /** Takes a hold back; when none is left the vCPU goes on. */
    void release() {
        lock.lock();
        try {
            holds--;
            if (holds == 0) {
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Has something done with the vCPU while it is out of the guest, on its own thread.
     *
     * @param task what, which must not throw
     * @return whether the thread will do it; else it has not started, or has left, and whoever
     *     asked can do it
     */
    boolean execute(Runnable task) {
        lock.lock();
        try {
            if (!started || left) {
                return false;
            }
            tasks.add(task);
            callOut(Kick.Reason.TASK);
            changed.signalAll();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Lets the thread end. To be repeated until it {@linkplain #hasLeft() has left}. */
    void stop() {
        boolean neverStarted;
        lock.lock();
        try {
            neverStarted = !started && !left;
            left |= neverStarted;
            if (stopped) {
                repeatCall();
            } else {
                stopped = true;
                callOut(Kick.Reason.STOP);
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (neverStarted) {
            listener.left(this);
        }
    }

    /** Calls the vCPU out of the guest, with the lock held. */
    private void callOut(Kick.Reason reason) {
        if (kick == null && !outside && !isCurrent()) {
            kick = new Kick.Request(reason);
        }
        repeatCall();
    }

    private void repeatCall() {
        if (left) {
            return;
        }
        vcpu.exit().requestImmediateExit();
        if (!outside && !isCurrent()) {
            if (kick != null) {
                kick.signalled();
            }
            try {
                vcpu.interrupt();
            } catch (LinuxException refused) {
                refusedKick = refused;
            }
        }
    }

    /**
     * Waits until the vCPU is out of the guest, as {@link #hold} asked; kicks it again and again
     * until it is.
     *
     * @param deadline until when, as {@link System#nanoTime()} counts
     * @return whether it is outside
     * @throws LinuxException if the kernel refuses to kick it
     * @throws InterruptedException if the waiting thread is interrupted
     */
    boolean awaitOutside(long deadline) throws InterruptedException {
        long patience = TimeUnit.MILLISECONDS.toNanos(1);
        lock.lockInterruptibly();
        try {
            while (!outside) {
                long remaining = deadline - System.nanoTime();
                if (remaining <= 0) {
                    return false;
                }
                if (changed.awaitNanos(Math.min(patience, remaining)) <= 0 && !outside) {
                    patience *= 2;
                    repeatCall();
                    if (refusedKick != null) {
                        throw refusedKick;
                    }
                }
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Interrupts the thread in whatever a device or an observer has it wait for. One that has left
     * may be another vCPU's.
     */
    void interruptWaiting() {
        lock.lock();
        try {
            if (!left && thread != null) {
                thread.interrupt();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until the thread does nothing more, after it {@linkplain #hasLeft() has left}.
     *
     * @param limit how long at most
     * @return false if the waiting thread was interrupted
     */
    boolean join(Duration limit) {
        try {
            if (wasStarted()) {
                over.await(limit.toMillis(), TimeUnit.MILLISECONDS);
            }
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }

    private boolean wasStarted() {
        lock.lock();
        try {
            return started;
        } finally {
            lock.unlock();
        }
    }

    boolean isOutside() {
        lock.lock();
        try {
            return outside;
        } finally {
            lock.unlock();
        }
    }

    boolean hasLeft() {
        lock.lock();
        try {
            return left;
        } finally {
            lock.unlock();
        }
    }

    /** Why the vCPU could not be kicked, if that was so. */
    Optional<LinuxException> refusedKick() {
        lock.lock();
        try {
            return Optional.ofNullable(refusedKick);
        } finally {
            lock.unlock();
        }
    }

    /** Where the vCPU was when its thread left; until then, that it handles an exit. */
    VcpuPosition position() {
        return position;
    }

    /** The vCPU, for a thread that may use it. */
    Vcpu vcpu() {
        return vcpu;
    }

    boolean isCurrent() {
        return Thread.currentThread() == thread;
    }
}
