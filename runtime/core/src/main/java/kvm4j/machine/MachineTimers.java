package kvm4j.machine;

import kvm4j.device.Timer;
import kvm4j.device.Timers;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.locks.Lock;
import java.util.function.Consumer;

/**
 * The timers of one machine's devices, all on the thread that machines share. A device that throws
 * when its time has come is reported, once the timers are closed none is.
 */
final class MachineTimers implements Timers, AutoCloseable {

    /** How long an expiry is put off that comes while a snapshot is taken. */
    private static final Duration RETRY = Duration.ofMillis(1);

    private final Lock hostAccess;
    private final Consumer<Throwable> onFailure;
    private final List<MachineTimer> timers = new ArrayList<>();
    private volatile boolean closed;

    /**
     * Timers for one machine.
     *
     * @param hostAccess held while a device is woken; the shared thread never waits for it
     * @param onFailure gets what a device throws
     */
    MachineTimers(Lock hostAccess, Consumer<Throwable> onFailure) {
        this.hostAccess = hostAccess;
        this.onFailure = onFailure;
    }

    @Override
    public synchronized Timer timer(Runnable onExpiry) {
        MachineTimer timer = new MachineTimer(onExpiry);
        timers.add(timer);
        return timer;
    }

    /** Stops all timers for good. A call that is under way goes on. */
    @Override
    public synchronized void close() {
        closed = true;
        timers.forEach(MachineTimer::stop);
    }

    private final class MachineTimer implements Timer {

        private final Runnable onExpiry;

        /** Null if the timer is not set. */
        private Future<?> expiry;

        /** How often it was set or stopped: an expiry of before is none any more. */
        private int setting;

        MachineTimer(Runnable onExpiry) {
            this.onExpiry = onExpiry;
        }

        @Override
        public synchronized void start(long nanos) {
            stop();
            if (!closed) {
                int current = setting;
                expiry = MachineClock.DEVICES.after(Duration.ofNanos(nanos), () -> expire(current));
            }
        }

        @Override
        public synchronized void stop() {
            setting++;
            if (expiry != null) {
                expiry.cancel(false);
                expiry = null;
            }
        }

        private void expire(int current) {
            if (!hostAccess.tryLock()) {
                putOff(current);
                return;
            }
            try {
                if (isCurrent(current)) {
                    onExpiry.run();
                }
            } catch (Throwable failure) {
                if (!closed) {
                    onFailure.accept(failure);
                }
            } finally {
                hostAccess.unlock();
            }
        }

        private synchronized void putOff(int current) {
            if (isCurrent(current)) {
                expiry = MachineClock.DEVICES.after(RETRY, () -> expire(current));
            }
        }

        private synchronized boolean isCurrent(int current) {
            return !closed && setting == current;
        }
    }
}
