package kvm4j.cli;

import kvm4j.kvm.ExitReason;
import kvm4j.kvm.Vcpu;
import kvm4j.machine.ExitObserver;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;

/** Counts exits by their reason. */
final class ExitStatistics implements ExitObserver {

    private static final ExitReason[] REASONS = ExitReason.values();

    private final LongAdder[] counts =
            IntStream.range(0, REASONS.length)
                    .mapToObj(reason -> new LongAdder())
                    .toArray(LongAdder[]::new);

    @Override
    public void exited(Vcpu vcpu, ExitReason reason) {
        counts[reason.ordinal()].increment();
    }

    /**
     * Prints the counts, the most frequent reason first.
     *
     * @param elapsed how long the guest ran
     * @param out where to
     */
    void print(Duration elapsed, PrintWriter out) {
        long total = Arrays.stream(counts).mapToLong(LongAdder::sum).sum();
        double seconds = elapsed.toNanos() / 1e9;
        out.printf("%-20s %12s%n", "exit reason", "count");
        Arrays.stream(REASONS)
                .filter(reason -> count(reason) > 0)
                .sorted(Comparator.comparing(this::count).reversed())
                .forEach(reason -> out.printf("%-20s %12d%n", reason, count(reason)));
        out.printf(
                "%-20s %12d in %.6f s, %.2f us for each%n",
                "total", total, seconds, total == 0 ? 0 : seconds * 1e6 / total);
        out.flush();
    }

    private long count(ExitReason reason) {
        return counts[reason.ordinal()].sum();
    }
}
