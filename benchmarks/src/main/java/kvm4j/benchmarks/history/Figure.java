package kvm4j.benchmarks.history;

import kvm4j.benchmarks.result.Row;
import kvm4j.benchmarks.result.Series;
import kvm4j.benchmarks.statistics.Bootstrap;
import kvm4j.benchmarks.statistics.Estimate;
import kvm4j.benchmarks.statistics.Pairing;

import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What an accepted result says of a kind of exit, in nanoseconds; estimated once, when it is
 * accepted.
 *
 * @param kind the kind's name, such as {@code pio-out}
 * @param title what it is, in one line
 * @param floor what it takes in C, or null where there is no floor
 * @param java what it takes in Java: by {@code Vcpu.run()}, or by a {@code Machine} where only that
 *     can do it
 * @param above what Java takes more than C, turn by turn, or null where there is no floor
 */
public record Figure(String kind, String title, Estimate floor, Estimate java, Estimate above) {

    /** A figure; whatever file it comes from, its numbers are numbers. */
    public Figure {
        Objects.requireNonNull(kind, "a figure without a kind");
        Objects.requireNonNull(title, "a figure without a title");
        Objects.requireNonNull(java, "a figure without Java's time");
        Stream.of(java, floor, above).filter(Objects::nonNull).forEach(Figure::requireNumbers);
    }

    private static void requireNumbers(Estimate estimate) {
        boolean finite =
                Double.isFinite(estimate.value())
                        && (estimate.interval() == null
                                || Double.isFinite(estimate.interval().low())
                                        && Double.isFinite(estimate.interval().high()));
        if (!finite) {
            throw new IllegalArgumentException("a figure without a number");
        }
    }

    /**
     * The figure of a kind.
     *
     * @param row what was measured
     * @param bootstrap where intervals come from
     * @return the figure, or empty where Java did not take part
     */
    static Optional<Figure> of(Row row, Bootstrap bootstrap) {
        Optional<Series> floor = row.series("c");
        return row.series("vcpu")
                .or(() -> row.series("machine"))
                .map(
                        java ->
                                new Figure(
                                        row.kind(),
                                        row.title(),
                                        floor.map(c -> bootstrap.median(c.forks())).orElse(null),
                                        bootstrap.median(java.forks()),
                                        floor.map(c -> new Pairing(c, java).differences())
                                                .map(bootstrap::median)
                                                .orElse(null)));
    }
}
