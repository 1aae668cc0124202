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

    /** A difference with its sign, such as {@code +21.3 ns}. */
    static String signed(double nanoseconds) {
        return String.format(
                Locale.ROOT,
                "%+.1f %s",
                nanoseconds / unit(nanoseconds),
                isSmall(nanoseconds) ? "ns" : "us");
    }

    /**
     * A difference with its sign and its interval, such as {@code +21.3 ns (19.8 to 22.4)}, or that
     * it has none.
     */
    static String difference(Estimate estimate) {
        double unit = unit(estimate.value());
        return signed(estimate.value())
                + (estimate.interval() == null
                        ? NO_INTERVAL
                        : String.format(
                                Locale.ROOT,
                                " (%.1f to %.1f)",
                                estimate.interval().low() / unit,
                                estimate.interval().high() / unit));
    }

    private static double unit(double difference) {
        return isSmall(difference) ? 1 : 1e3;
    }

    private static boolean isSmall(double difference) {
        return Math.abs(difference) < 10_000;
    }
}
