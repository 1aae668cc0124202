package kvm4j.cli;

import kvm4j.machine.Machine;
import kvm4j.machine.Outcome;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Prints a machine's statistics once it has ended, also when a signal ends the process: that is
 * when one wants them most.
 */
final class StatisticsAtTheEnd implements AutoCloseable {

    private final ExitStatistics statistics;
    private final CompletableFuture<Outcome> outcome;
    private final PrintWriter out;
    private final long start = System.nanoTime();
    private final Thread hook = new Thread(this::printBeforeTheEnd, "kvm4j-statistics");
    private final AtomicBoolean printed = new AtomicBoolean();

    private StatisticsAtTheEnd(ExitStatistics statistics, Machine machine, PrintWriter out) {
        this.statistics = statistics;
        this.outcome = machine.outcome();
        this.out = out;
    }

    /** Begins to measure the time. */
    static StatisticsAtTheEnd of(ExitStatistics statistics, Machine machine, PrintWriter out) {
        StatisticsAtTheEnd atTheEnd = new StatisticsAtTheEnd(statistics, machine, out);
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

    private void print() {
        if (!printed.getAndSet(true)) {
            statistics.print(Duration.ofNanos(System.nanoTime() - start), out);
        }
    }

    /** The machine has ended by itself. */
    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            return; // the hook prints
        }
        print();
    }
}
