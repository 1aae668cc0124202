package kvm4j.machine;

import org.slf4j.LoggerFactory;

import java.util.concurrent.CompletableFuture;

/**
 * What becomes of what a machine holds: given back when the machine is closed, and else, with a
 * warning, when the collector finds that nobody can close it any more and it has ended.
 */
final class Abandonment implements Runnable {

    private final Ending ending;
    private final Holdings holdings;
    private volatile boolean running;
    private volatile boolean closed;

    Abandonment(Ending ending, Holdings holdings) {
        this.ending = ending;
        this.holdings = holdings;
    }

    /** The machine has been started, and will end by itself. */
    void runs() {
        running = true;
    }

    /** Gives everything back, now or when the last vCPU has left a device that keeps it. */
    void close() {
        closed = true;
        CompletableFuture<Void> unused = ending.abandonedByAll();
        if (unused.isDone()) {
            holdings.close();
        } else {
            unused.thenRun(holdings::close);
        }
    }

    /** Nobody can reach the machine any more. */
    @Override
    public void run() {
        if (closed) {
            return;
        }
        LoggerFactory.getLogger(Machine.class)
                .warn("a machine was never closed; what it holds is given back when it has ended");
        if (!running) {
            ending.end(new Outcome.Stopped());
        }
        close();
    }
}
