package kvm4j.benchmarks.result;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * One kind of exit.
 *
 * @param kind the kind's name, such as {@code pio-out}
 * @param title what it is, in one line
 * @param series what each contestant took; the floor first, if there is one
 * @param omissions why a contestant, or the whole kind, is missing
 */
public record Row(String kind, String title, List<Series> series, List<Omission> omissions) {

    /** A row; whatever file it comes from, nothing is missing in it. */
    public Row {
        Objects.requireNonNull(kind, "a row without a kind");
        Objects.requireNonNull(title, "a row without a title");
        series = List.copyOf(series);
        omissions = List.copyOf(omissions);
    }

    /**
     * What keeps a contestant from a kind of exit.
     *
     * @param contestant its name for people
     * @param reason why, in one line
     */
    public record Omission(String contestant, String reason) {}

    /** {@return the same row with all series {@linkplain Series#brief() brief}} */
    public Row brief() {
        return new Row(kind, title, series.stream().map(Series::brief).toList(), List.of());
    }

    /**
     * A contestant's figures.
     *
     * @param contestant its name in files, such as {@code c} or {@code vcpu}
     * @return the figures, or empty if it did not take part
     */
    public Optional<Series> series(String contestant) {
        return series.stream().filter(each -> each.contestant().equals(contestant)).findFirst();
    }
}
