package kvm4j.cli;

import kvm4j.machine.Machine;
import kvm4j.machine.Outcome;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Tells of a machine once it has ended, also when a signal ends the process: that is when one wants
 * to know most.
 */
final class AtTheEnd implements AutoCloseable {

    private final CompletableFuture<Outcome> outcome;
    private final Runnable telling;
    private final Thread hook = new Thread(this::tellBeforeTheEnd, "kvm4j-telling");
    private boolean told;

    private AtTheEnd(Machine machine, Runnable telling) {
        this.outcome = machine.outcome();
        this.telling = telling;
    }

    /**
     * Waits for a signal, too.
     *
     * @param machine a machine that has not run
     * @param telling done once, when this is closed or a signal ends the process
     */
    static AtTheEnd of(Machine machine, Runnable telling) {
        AtTheEnd atTheEnd = new AtTheEnd(machine, telling);
        Runtime.getRuntime().addShutdownHook(atTheEnd.hook);
        return atTheEnd;
    }

    private void tellBeforeTheEnd() {
        try {
            outcome.get(Machine.LONGEST_END.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException stuck) {
            // what is known is told all the same
        }
        tell();
    }

    /** Once; whoever comes second finds it done. */
    private synchronized void tell() {
        if (!told) {
            told = true;
            telling.run();
        }
    }

    /** The machine has ended by itself. */
    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            // the hook tells too, and whichever of the two comes first does
        }
        tell();
    }
}
