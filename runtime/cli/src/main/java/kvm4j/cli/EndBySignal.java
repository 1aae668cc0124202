package kvm4j.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A last deed of a process that a signal ends, done before the JVM begins to shut down: its own
 * hooks all run at once, and those of Flight Recorder throw away what is not written by then. A
 * second signal ends the process at once.
 */
final class EndBySignal implements AutoCloseable {

    private static final Map<String, ExitStatus> SIGNALS =
            Map.of(
                    "HUP", ExitStatus.HUNG_UP,
                    "INT", ExitStatus.INTERRUPTED,
                    "TERM", ExitStatus.TERMINATED);

    private final Runnable deed;
    private final AtomicBoolean arrived = new AtomicBoolean();
    private final List<Runnable> restorations = new ArrayList<>();

    /**
     * Waits for no signal yet.
     *
     * @param deed done on a thread of its own when the first signal arrives
     */
    EndBySignal(Runnable deed) {
        this.deed = deed;
    }

    /** From now on signals end the process this way, but for those that are ignored. */
    void await() {
        try {
            SIGNALS.forEach(
                    (name, status) ->
                            restorations.add(new ProcessSignal(name).onArrival(() -> end(status))));
        } catch (IllegalStateException reserved) {
            // -Xrs leaves them to the system, which ends the process without asking anybody
        }
    }

    private void end(ExitStatus status) {
        try {
            if (!arrived.getAndSet(true)) {
                deed.run();
            }
        } finally {
            Runtime.getRuntime().exit(status.code());
        }
    }

    /** Waits for the end of the process if a signal ends it; so that nobody tells another end. */
    void yieldIfArrived() {
        while (arrived.get()) {
            try {
                Thread.sleep(Long.MAX_VALUE);
            } catch (InterruptedException e) {
                // nobody has a reason to, and the process ends all the same
            }
        }
    }

    /** From now on signals do what they did before. */
    @Override
    public void close() {
        yieldIfArrived();
        restorations.forEach(Runnable::run);
    }
}
