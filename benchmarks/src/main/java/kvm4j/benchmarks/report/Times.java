package kvm4j.benchmarks.report;

import kvm4j.benchmarks.statistics.Estimate;

import java.util.Locale;

/** Nanoseconds as people read them. */
final class Times {

    private static final String NO_INTERVAL = " (no interval)";

    private Times() {}

    /** Such as {@code 271 ns}, {@code 9.34 us}, {@code 1.20 ms}, {@code 1.234 s}. */
    static String format(double nanoseconds) {
        double size = Math.abs(nanoseconds);
        if (size < 100) {
            return String.format(Locale.ROOT, "%.1f ns", nanoseconds);
        }
        if (size < 10_000) {
            return String.format(Locale.ROOT, "%.0f ns", nanoseconds);
        }
        if (size < 1e6) {
            return String.format(Locale.ROOT, "%.2f us", nanoseconds / 1e3);
        }
        return size < 1e9
                ? String.format(Locale.ROOT, "%.2f ms", nanoseconds / 1e6)
                : String.format(Locale.ROOT, "%.3f s", nanoseconds / 1e9);
    }

    /** A time with its interval, such as {@code 271 ns (265 ns to 280 ns)}, or that it has none. */
    static String estimate(Estimate estimate) {
        return estimate.interval() == null
                ? format(estimate.value()) + NO_INTERVAL
                : "%s (%s to %s)"
                        .formatted(
                                format(estimate.value()),
                                format(estimate.interval().low()),
                                format(estimate.interval().high()));
    }

    /**
     * A difference with its sign and its interval, such as {@code +21.3 ns (19.8 to 22.4)}, or that
     * it has none.
     */
    static String difference(Estimate estimate) {
        boolean small = Math.abs(estimate.value()) < 10_000;
        double unit = small ? 1 : 1e3;
        String value =
                String.format(
                        Locale.ROOT, "%+.1f %s", estimate.value() / unit, small ? "ns" : "us");
        return estimate.interval() == null
                ? value + NO_INTERVAL
                : value
                        + String.format(
                                Locale.ROOT,
                                " (%.1f to %.1f)",
                                estimate.interval().low() / unit,
                                estimate.interval().high() / unit);
    }
}
