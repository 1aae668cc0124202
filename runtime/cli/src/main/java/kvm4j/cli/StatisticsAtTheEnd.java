package kvm4j.cli;

import kvm4j.machine.Machine;
import kvm4j.machine.Outcome;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Prints a machine's statistics once it has ended, also when a signal ends the process: that is
 * when one wants them most.
 */
final class StatisticsAtTheEnd implements AutoCloseable {

    private final MachineStatistics statistics;
    private final CompletableFuture<Outcome> outcome;
    private final long start = System.nanoTime();
    private final Thread hook = new Thread(this::printBeforeTheEnd, "kvm4j-statistics");
    private boolean printed;

    private StatisticsAtTheEnd(MachineStatistics statistics, Machine machine) {
        this.statistics = statistics;
        this.outcome = machine.outcome();
    }

    /** Begins to measure the time. */
    static StatisticsAtTheEnd of(MachineStatistics statistics, Machine machine) {
        StatisticsAtTheEnd atTheEnd = new StatisticsAtTheEnd(statistics, machine);
        Runtime.getRuntime().addShutdownHook(atTheEnd.hook);
        return atTheEnd;
    }

    private void printBeforeTheEnd() {
        try {
            outcome.get(Machine.LONGEST_END.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException stuck) {
            // what is known is printed all the same
        }
        print();
    }

    /** Once; whoever comes second finds it done. */
    private synchronized void print() {
        if (!printed) {
            printed = true;
            statistics.print(Duration.ofNanos(System.nanoTime() - start));
        }
    }

    /** The machine has ended by itself. */
    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            // the hook prints too, and whichever of the two comes first does
        }
        print();
    }
}
