package kvm4j.benchmarks.history;

import kvm4j.benchmarks.host.Fingerprint;
import kvm4j.benchmarks.result.LabResults;

import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Looks through a history for what to compare a run with: the result that was accepted last on a
 * host of the same fingerprint, of those with a kind of exit in common. Last is by date, since a
 * merge may put lines into any order; of several of one date, the one furthest down.
 */
public final class Baseline implements Consumer<Line> {

    private final LabResults results;
    private final Fingerprint host;
    private final Set<Fingerprint> others = new LinkedHashSet<>();
    private Accepted last;

    /**
     * Begins to look.
     *
     * @param results the run to compare
     */
    public Baseline(LabResults results) {
        this.results = results;
        this.host = Fingerprint.of(results.host());
    }

    @Override
    public void accept(Line line) {
        if (line instanceof Line.Result(Accepted accepted)) {
            if (!accepted.host().equals(host)) {
                others.add(accepted.host());
            } else if (isComparable(accepted) && isLater(accepted)) {
                last = accepted;
            }
        }
    }

    private boolean isComparable(Accepted accepted) {
        return !Collections.disjoint(accepted.results().kinds(), results.kinds());
    }

    private boolean isLater(Accepted accepted) {
        return last == null || !accepted.accepted().isBefore(last.accepted());
    }

    /** {@return what to compare with, or empty if the history has nothing} */
    public Optional<Accepted> found() {
        return Optional.ofNullable(last);
    }

    /** {@return why there is nothing to compare with, in one line} */
    public String absence() {
        String absence =
                "no result with these kinds was accepted for this host (%s: %s)"
                        .formatted(host.id(), host.title());
        return others.stream()
                .map(host::differences)
                .min(Comparator.comparingInt(List::size))
                .map(
                        nearest ->
                                "%s; of %d hosts known the nearest differs: %s"
                                        .formatted(
                                                absence, others.size(), String.join("; ", nearest)))
                .orElse(absence);
    }
}
