package kvm4j.cli;

import kvm4j.machine.Machine;
import kvm4j.machine.MachineBuilder;
import kvm4j.machine.Outcome;
import kvm4j.machine.Snapshot;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/** Many runs of a guest from one snapshot, and how long they take. */
final class Repetition {

    private static final double MICROSECOND = 1e3;

    private final Snapshot snapshot;
    private final Optional<Duration> limit;
    private final Consumer<MachineBuilder> connection;
    private final List<Long> forks = new ArrayList<>();
    private final List<Long> runs = new ArrayList<>();

    /**
     * No run yet.
     *
     * @param snapshot where each begins
     * @param limit how long each may take
     * @param connection watches each
     */
    Repetition(Snapshot snapshot, Optional<Duration> limit, Consumer<MachineBuilder> connection) {
        this.snapshot = snapshot;
        this.limit = limit;
        this.connection = connection;
    }

    /**
     * Runs the guest so often, or until it ends otherwise than the first time.
     *
     * @return how it ended
     */
    Outcome run(int count) {
        Outcome first = runOnce();
        for (int i = 1; i < count; i++) {
            Outcome next = runOnce();
            if (!next.equals(first)) {
                return next;
            }
        }
        return first;
    }

    private Outcome runOnce() {
        long start = System.nanoTime();
        try (Machine machine = snapshot.fork(this::connect)) {
            long made = System.nanoTime();
            Outcome outcome = machine.run();
            forks.add(made - start);
            runs.add(System.nanoTime() - made);
            return outcome;
        }
    }

    private void connect(MachineBuilder builder) {
        limit.ifPresent(builder::timeLimit);
        connection.accept(builder);
    }

    /** Prints a table of the times. */
    void print(PrintWriter out) {
        out.printf("%-8s %10s %10s %10s %10s %10s%n", "us", "runs", "p50", "p90", "p99", "max");
        print("fork", forks, out);
        print("run", runs, out);
        out.flush();
    }

    private static void print(String name, List<Long> times, PrintWriter out) {
        List<Long> sorted = times.stream().sorted().toList();
        out.printf(
                Locale.ROOT,
                "%-8s %10d %10.1f %10.1f %10.1f %10.1f%n",
                name,
                sorted.size(),
                percentile(sorted, 50),
                percentile(sorted, 90),
                percentile(sorted, 99),
                percentile(sorted, 100));
    }

    /** The least time that so many of a hundred do not exceed, in microseconds. */
    private static double percentile(List<Long> sorted, int percent) {
        int rank = (int) Math.ceil(sorted.size() * percent / 100.0);
        return sorted.get(rank - 1) / MICROSECOND;
    }
}
