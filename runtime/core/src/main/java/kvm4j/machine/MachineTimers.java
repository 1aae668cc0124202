package kvm4j.machine;

import kvm4j.device.Timer;
import kvm4j.device.Timers;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/**
 * The timers of one machine's devices, all on the thread that machines share. A device that throws
 * when its time has come is reported, once the timers are closed none is.
 */
final class MachineTimers implements Timers, AutoCloseable {

    private final Consumer<Throwable> onFailure;
    private final List<MachineTimer> timers = new ArrayList<>();
    private volatile boolean closed;

    /**
     * Timers for one machine.
     *
     * @param onFailure gets what a device throws
     */
    MachineTimers(Consumer<Throwable> onFailure) {
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

        MachineTimer(Runnable onExpiry) {
            this.onExpiry = onExpiry;
        }

        @Override
        public synchronized void start(long nanos) {
            stop();
            if (!closed) {
                expiry = MachineClock.after(Duration.ofNanos(nanos), this::expire);
            }
        }

        @Override
        public synchronized void stop() {
            if (expiry != null) {
                expiry.cancel(false);
                expiry = null;
            }
        }

        private void expire() {
            if (closed) {
                return;
            }
            try {
                onExpiry.run();
            } catch (RuntimeException | Error failure) {
                if (!closed) {
                    onFailure.accept(failure);
                }
            }
        }
    }
}
