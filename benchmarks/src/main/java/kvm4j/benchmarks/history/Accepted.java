package kvm4j.benchmarks.history;

import kvm4j.benchmarks.host.Fingerprint;
import kvm4j.benchmarks.result.LabResults;
import kvm4j.benchmarks.statistics.Bootstrap;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A result that somebody took for the measure of those to come: a line of a history.
 *
 * @param format the version of this layout, {@link #FORMAT}
 * @param fingerprint the {@linkplain Fingerprint#id() identity} of its host, for those that read
 *     the file with other programs; here it is {@linkplain #host() found anew}
 * @param label what was measured, such as a version or a commit
 * @param accepted when it was accepted
 * @param results the result, {@linkplain LabResults#brief() brief}
 * @param figures what it says of each kind of exit
 */
public record Accepted(
        int format,
        String fingerprint,
        String label,
        Instant accepted,
        LabResults results,
        List<Figure> figures) {

    /** The layout that this version reads and writes. */
    public static final int FORMAT = 1;

    /** How long a label may be. */
    public static final int LONGEST_LABEL = 100;

    /** An accepted result; whatever file it comes from, nothing is missing in it. */
    public Accepted {
        Objects.requireNonNull(fingerprint, "an accepted result without a fingerprint");
        Objects.requireNonNull(label, "an accepted result without a label");
        Objects.requireNonNull(accepted, "an accepted result without a date");
        Objects.requireNonNull(results, "an accepted result without the result");
        figures = List.copyOf(figures);
        if (label.isBlank() || label.length() > LONGEST_LABEL) {
            throw new IllegalArgumentException(
                    "a label has 1 to %d characters".formatted(LONGEST_LABEL));
        }
        if (label.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("a label with a control character");
        }
        if (results.format() != LabResults.FORMAT) {
            throw new IllegalArgumentException("a result in format %d".formatted(results.format()));
        }
    }

    /**
     * Accepts a result.
     *
     * @param results the result
     * @param label what was measured
     * @param now the time
     * @return the line to append
     * @throws IllegalArgumentException if the label cannot be one
     */
    public static Accepted of(LabResults results, String label, Instant now) {
        Bootstrap bootstrap = Bootstrap.reproducible();
        return new Accepted(
                FORMAT,
                Fingerprint.of(results.host()).id(),
                label,
                now,
                results.brief(),
                results.rows().stream()
                        .map(row -> Figure.of(row, bootstrap))
                        .flatMap(Optional::stream)
                        .toList());
    }

    /** {@return the fingerprint of the host that it was measured on} */
    public Fingerprint host() {
        return Fingerprint.of(results.host());
    }

    /** {@return its label, with the days on which it was measured and accepted} */
    public String title() {
        return "%s, measured %s, accepted %s"
                .formatted(label, day(results.started()), day(accepted));
    }

    private static String day(Instant instant) {
        return instant.toString().split("T", 2)[0];
    }

    /**
     * Whether this and another are the same run under the same label.
     *
     * @param other the other
     * @return whether one of them says nothing new
     */
    boolean repeats(Accepted other) {
        return label.equals(other.label)
                && results.started().equals(other.results.started())
                && host().equals(other.host());
    }
}
