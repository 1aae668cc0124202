package kvm4j.machine;

import kvm4j.boot.EntryState;
import kvm4j.kvm.Vcpu;
import kvm4j.linux.CpuSet;
import kvm4j.linux.NativeThread;

import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * The thread that a vCPU belongs to. Others tell it what to do through {@link #pause()}, {@link
 * #proceed()} and {@link #stop()}, each of which takes effect within the time of one signal, even
 * if the guest spins with interrupts off.
 */
final class VcpuThread {

    private enum Order {
        RUN,
        PAUSE,
        STOP
    }

    private final Vcpu vcpu;
    private final ExitLoop loop;
    private final Optional<CpuSet> hostCpus;
    private final Consumer<Outcome> ending;
    private final Thread thread;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private Order order = Order.RUN;
    private boolean outside = true;

    /**
     * A thread that has not started.
     *
     * @param vcpu the vCPU it runs
     * @param loop what it does
     * @param hostCpus where it runs, if that matters
     * @param ending told how the machine ended, if that came about on this vCPU
     */
    VcpuThread(Vcpu vcpu, ExitLoop loop, Optional<CpuSet> hostCpus, Consumer<Outcome> ending) {
        this.vcpu = vcpu;
        this.loop = loop;
        this.hostCpus = hostCpus;
        this.ending = ending;
        this.thread =
                Thread.ofPlatform().name("kvm4j-vcpu-" + vcpu.id()).daemon().unstarted(this::run);
    }

    /** Gives the vCPU, which has not run yet, the state in which it starts. */
    void enterAt(EntryState entry) {
        vcpu.enterAt(entry.registers(), entry.special());
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            hostCpus.ifPresent(cpus -> NativeThread.current().bindTo(cpus));
            while (mayEnter()) {
                Outcome outcome = loop.runUntilInterrupted();
                if (outcome != null) {
                    ending.accept(outcome);
                    return;
                }
            }
        } catch (RuntimeException | Error failure) {
            ending.accept(new Outcome.HostError(vcpu.id(), failure));
        } finally {
            leave();
        }
    }

    /** Waits while paused. Answers whether to enter the guest, with the way in clear. */
    private boolean mayEnter() {
        lock.lock();
        try {
            while (order == Order.PAUSE) {
                outside = true;
                changed.signalAll();
                changed.awaitUninterruptibly();
            }
            if (order == Order.STOP) {
                return false;
            }
            vcpu.exit().clearImmediateExit();
            outside = false;
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void leave() {
        lock.lock();
        try {
            order = Order.STOP;
            outside = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Asks the vCPU to leave the guest and wait. */
    void pause() {
        give(Order.PAUSE);
    }

    /** Lets the vCPU go on after a pause. */
    void proceed() {
        give(Order.RUN);
    }

    /** Asks the thread to end. */
    void stop() {
        give(Order.STOP);
    }

    private void give(Order next) {
        lock.lock();
        try {
            if (order == Order.STOP) {
                return;
            }
            order = next;
            if (next != Order.RUN) {
                vcpu.exit().requestImmediateExit();
                if (!outside && !isCurrent()) {
                    vcpu.interrupt();
                }
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the vCPU is out of the guest, as {@link #pause()} or {@link #stop()} asked. */
    void awaitOutside() {
        lock.lock();
        try {
            while (!outside) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until the thread has ended; for a thread that never started there is nothing to wait
     * for.
     */
    void join() {
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    boolean isCurrent() {
        return Thread.currentThread() == thread;
    }
}
