package kvm4j.cli;

import kvm4j.kvm.ExitReason;
import kvm4j.kvm.Vcpu;
import kvm4j.machine.ExitObserver;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Counts exits by their reason, for each vCPU. */
final class ExitStatistics implements ExitObserver {

    private static final ExitReason[] REASONS = ExitReason.values();

    /** Longs of a cache line: as many are free on both sides of the counts. */
    private static final int LINE = 8;

    /**
     * By vCPU and reason. Each vCPU's thread alone writes its own, and the thread that prints them
     * has waited for all of these.
     */
    private final long[][] counts;

    /**
     * Counts for a machine.
     *
     * @param processors how many vCPUs it has, numbered from 0
     */
    ExitStatistics(int processors) {
        this.counts = new long[processors][LINE + REASONS.length + LINE];
    }

    @Override
    public void exited(Vcpu vcpu, ExitReason reason) {
        counts[vcpu.id()][index(reason)]++;
    }

    /**
     * Prints the counts, the most frequent reason first, and if there are several vCPUs what each
     * of them has of it.
     *
     * @param elapsed how long the guest ran
     * @param out where to
     */
    void print(Duration elapsed, PrintWriter out) {
        double seconds = elapsed.toNanos() / 1e9;
        long[] all = sum();
        long total = Arrays.stream(all).sum();
        out.printf("%-20s %12s%n", "exit reason", "count");
        reasons(all).forEach(reason -> out.printf("%-20s %12d%n", reason, all[index(reason)]));
        out.printf(
                Locale.ROOT,
                "%-20s %12d in %.6f s, %.2f us for each%n",
                "total",
                total,
                seconds,
                total == 0 ? 0 : seconds * 1e6 / total);
        if (counts.length > 1) {
            for (int vcpu = 0; vcpu < counts.length; vcpu++) {
                print("vCPU " + vcpu, counts[vcpu], out);
            }
        }
        out.flush();
    }

    private static void print(String name, long[] own, PrintWriter out) {
        String reasons =
                reasons(own)
                        .map(reason -> reason + " " + own[index(reason)])
                        .collect(Collectors.joining(", "));
        long total = Arrays.stream(own).sum();
        out.println("%-20s %12d  %s".formatted(name, total, reasons).stripTrailing());
    }

    private long[] sum() {
        long[] all = new long[counts[0].length];
        for (long[] own : counts) {
            Arrays.setAll(all, i -> all[i] + own[i]);
        }
        return all;
    }

    private static Stream<ExitReason> reasons(long[] counts) {
        return Arrays.stream(REASONS)
                .filter(reason -> counts[index(reason)] > 0)
                .sorted(Comparator.comparingLong((ExitReason r) -> counts[index(r)]).reversed());
    }

    private static int index(ExitReason reason) {
        return LINE + reason.ordinal();
    }
}
