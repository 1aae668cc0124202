package kvm4j.benchmarks.statistics;

import kvm4j.benchmarks.result.LabResults;
import kvm4j.benchmarks.result.Row;
import kvm4j.benchmarks.result.Series;

import org.apache.commons.statistics.inference.MannWhitneyUTest;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What changed from one run of the lab to another, beyond noise.
 *
 * <p>Compared is what a contestant adds to the floor in C, in the {@linkplain Pairing quieter half
 * of the turns}, since the floor moves with the host; where a run has no floor, the time itself. A
 * row has changed if all of this holds:
 *
 * <ul>
 *   <li>the two-sided Mann-Whitney U test on the turns of both runs rejects that they are alike,
 *       with Holm's correction for the number of rows, at a level of 1 %;
 *   <li>the 95 % interval of the shift of the medians, by the {@linkplain Bootstrap hierarchical
 *       bootstrap}, excludes 0, so that one lucky process is not taken for a change;
 *   <li>the shift is at least a given share of what the exit takes in all, and at least {@link
 *       #LEAST} nanoseconds.
 * </ul>
 *
 * @param changes every row that both runs have, changed or not
 */
public record Comparison(List<Change> changes) {

    /** The level of significance. */
    public static final double LEVEL = 0.01;

    /** Less than this, in nanoseconds, is the luck of how code and data came to lie. */
    public static final double LEAST = 5;

    /** What became of a row. */
    public enum Verdict {
        /** It takes longer. */
        SLOWER,
        /** It takes less time. */
        FASTER,
        /** What differs may be chance, or is too little to matter. */
        SAME
    }

    /**
     * A row in both runs.
     *
     * @param kind the kind of exit
     * @param contestant the contestant's name for people
     * @param before nanoseconds above the floor, median of the first run
     * @param after nanoseconds above the floor, median of the second run
     * @param shift by how much it rose
     * @param p the probability of such a difference by chance, after Holm's correction
     * @param verdict what became of it
     */
    public record Change(
            String kind,
            String contestant,
            double before,
            double after,
            Estimate shift,
            double p,
            Verdict verdict) {}

    /** A row before its p-value is corrected. */
    private record Candidate(
            Row row,
            Series series,
            List<double[]> before,
            List<double[]> after,
            double total,
            double p) {}

    /**
     * Compares two runs.
     *
     * @param before the first run
     * @param after the second run
     * @param threshold the least share of the whole exit's time that matters, such as 0.005
     * @return what changed
     * @throws IllegalArgumentException if a run has fewer than {@link Bootstrap#LEAST_FORKS} forks
     *     of a kind: nothing can be said of it
     */
    public static Comparison of(LabResults before, LabResults after, double threshold) {
        List<Candidate> candidates = new ArrayList<>();
        for (Row row : after.rows()) {
            Optional<Row> earlier = before.row(row.kind());
            for (Series series : row.series()) {
                earlier.flatMap(known -> known.series(series.contestant()))
                        .ifPresent(
                                known ->
                                        candidates.add(
                                                candidate(earlier.get(), known, row, series)));
            }
        }
        requireForks(before);
        requireForks(after);
        candidates.removeIf(candidate -> candidate.series().contestant().equals("c"));
        return new Comparison(judge(candidates, threshold));
    }

    /**
     * Makes sure that a run can be compared with others.
     *
     * @param results the run
     * @throws IllegalArgumentException if it has fewer than {@link Bootstrap#LEAST_FORKS} forks of
     *     a kind: nothing can be said of it
     */
    public static void requireForks(LabResults results) {
        for (Row row : results.rows()) {
            for (Series series : row.series()) {
                if (series.forks().size() < Bootstrap.LEAST_FORKS) {
                    throw new IllegalArgumentException(
                            ("the run of %s has %d forks of %s, and it takes %d to tell a change"
                                            + " from chance: measure fewer kinds, or --full")
                                    .formatted(
                                            results.started(),
                                            series.forks().size(),
                                            row.kind(),
                                            Bootstrap.LEAST_FORKS));
                }
            }
        }
    }

    private static Candidate candidate(Row earlierRow, Series earlier, Row row, Series series) {
        Optional<Series> earlierFloor = earlierRow.series("c");
        Optional<Series> floor = row.series("c");
        boolean floors = earlierFloor.isPresent() && floor.isPresent();
        List<double[]> before =
                floors ? new Pairing(earlierFloor.get(), earlier).differences() : earlier.forks();
        List<double[]> after =
                floors ? new Pairing(floor.get(), series).differences() : series.forks();
        double total = Bootstrap.median(Bootstrap.flatten(earlier.forks()));
        double p =
                MannWhitneyUTest.withDefaults()
                        .test(Bootstrap.flatten(before), Bootstrap.flatten(after))
                        .getPValue();
        return new Candidate(row, series, before, after, total, p);
    }

    private static List<Change> judge(List<Candidate> candidates, double threshold) {
        double[] corrected = Holm.correct(candidates.stream().mapToDouble(Candidate::p).toArray());
        Bootstrap bootstrap = Bootstrap.reproducible();
        List<Change> changes = new ArrayList<>();
        for (int i = 0; i < corrected.length; i++) {
            Candidate candidate = candidates.get(i);
            Estimate shift = bootstrap.shift(candidate.before(), candidate.after());
            boolean changed =
                    corrected[i] < LEVEL
                            && shift.excludes(0)
                            && Math.abs(shift.value())
                                    >= Math.max(LEAST, threshold * candidate.total());
            changes.add(
                    new Change(
                            candidate.row().kind(),
                            candidate.series().title(),
                            Bootstrap.median(Bootstrap.flatten(candidate.before())),
                            Bootstrap.median(Bootstrap.flatten(candidate.after())),
                            shift,
                            corrected[i],
                            !changed
                                    ? Verdict.SAME
                                    : shift.value() > 0 ? Verdict.SLOWER : Verdict.FASTER));
        }
        return List.copyOf(changes);
    }

    /** {@return whether a row takes longer than before} */
    public boolean slower() {
        return changes.stream().anyMatch(change -> change.verdict() == Verdict.SLOWER);
    }
}
