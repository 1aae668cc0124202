package kvm4j.benchmarks.report;

import kvm4j.benchmarks.result.CrowdRow;
import kvm4j.benchmarks.result.LabResults;
import kvm4j.benchmarks.result.ProgramRow;
import kvm4j.benchmarks.result.Row;
import kvm4j.benchmarks.result.Series;
import kvm4j.benchmarks.statistics.Bootstrap;
import kvm4j.benchmarks.statistics.Estimate;
import kvm4j.benchmarks.statistics.Pairing;

import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;
import org.apache.commons.statistics.descriptive.Median;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/**
 * Results boiled down to what is shown. All times are nanoseconds.
 *
 * @param started when the run began, as ISO 8601
 * @param seconds how long it took
 * @param plan the plan's name
 * @param versions what ran
 * @param host the host, fact by fact
 * @param cautions what blurred the figures
 * @param rows a kind of exit each
 * @param programs whole programs, by kind of exit
 * @param crowds many machines at once, in seconds and bytes
 */
record Summary(
        String started,
        double seconds,
        String plan,
        Map<String, String> versions,
        Map<String, String> host,
        List<String> cautions,
        List<Line> rows,
        List<ProgramLine> programs,
        List<CrowdRow> crowds) {

    private static final String FLOOR = "c";

    /**
     * A kind of exit.
     *
     * @param kind its name
     * @param title what it is
     * @param entries a contestant each, the floor first
     * @param omissions who is missing and why
     */
    record Line(String kind, String title, List<Entry> entries, List<Row.Omission> omissions) {

        /** The entry of a contestant, or null. */
        Entry entry(String contestant) {
            return entries.stream()
                    .filter(entry -> entry.contestant().equals(contestant))
                    .findFirst()
                    .orElse(null);
        }
    }

    /**
     * A contestant's figures for a kind of exit.
     *
     * @param contestant its name in files
     * @param title its name for people
     * @param median of all turns
     * @param difference above the floor, turn by turn, or null for the floor itself
     * @param ratio to the floor, turn by turn, or null for the floor itself
     * @param likeness titles of those above it in the row from which it does not differ beyond
     *     noise
     * @param forks how many pairs of processes
     * @param turns how many turns in all of them together
     * @param cycles the median in cycles of the TSC, or null where that is not constant
     * @param instructions for each exit in user space, or null
     * @param spread of single exits, or null if none was timed alone
     */
    record Entry(
            String contestant,
            String title,
            Estimate median,
            Estimate difference,
            Estimate ratio,
            List<String> likeness,
            int forks,
            int turns,
            Double cycles,
            Double instructions,
            Spread spread) {}

    /**
     * How single exits spread.
     *
     * @param p50 the median
     * @param p99 what 99 % stay below
     * @param p999 what 99.9 % stay below
     * @param max the longest
     * @param curve points of the cumulative distribution
     */
    record Spread(long p50, long p99, long p999, long max, List<Point> curve) {}

    /**
     * A point of a cumulative distribution.
     *
     * @param percentile from 0 to 100
     * @param time nanoseconds that this share stays below
     */
    record Point(double percentile, long time) {}

    /**
     * A whole program: medians of what an exit costs in it.
     *
     * @param kind the kind of exit
     * @param program its name in files
     * @param title its name for people
     * @param elapsed by the clock
     * @param rounds how many of them
     * @param user CPU time in user space
     * @param system CPU time in the kernel
     */
    record ProgramLine(
            String kind,
            String program,
            String title,
            int rounds,
            double elapsed,
            Estimate user,
            double system) {

        static ProgramLine of(ProgramRow row, Bootstrap bootstrap) {
            return new ProgramLine(
                    row.kind(),
                    row.program(),
                    row.title(),
                    row.rounds().size(),
                    median(row, ProgramRow.Cost::elapsed),
                    bootstrap.median(
                            row.rounds().stream()
                                    .map(round -> new double[] {round.user()})
                                    .toList()),
                    median(row, ProgramRow.Cost::system));
        }

        private static double median(ProgramRow row, ToDoubleFunction<ProgramRow.Cost> figure) {
            return Median.withDefaults()
                    .evaluate(row.rounds().stream().mapToDouble(figure).toArray());
        }
    }

    static Summary of(LabResults results) {
        Bootstrap bootstrap = Bootstrap.reproducible();
        return new Summary(
                results.started().toString(),
                results.seconds(),
                results.plan(),
                results.versions(),
                results.host(),
                results.cautions(),
                results.rows().stream()
                        .map(row -> line(row, TscFrequency.of(results.host()), bootstrap))
                        .toList(),
                results.programs().stream().map(row -> ProgramLine.of(row, bootstrap)).toList(),
                results.crowds());
    }

    private static Line line(Row row, OptionalDouble cyclesPerNanosecond, Bootstrap bootstrap) {
        List<Entry> entries = new ArrayList<>();
        Series floor = row.series(FLOOR).orElse(null);
        for (Series series : row.series()) {
            boolean compared = floor != null && series != floor;
            Pairing pairing = compared ? new Pairing(floor, series) : null;
            Estimate median = bootstrap.median(series.forks());
            entries.add(
                    new Entry(
                            series.contestant(),
                            series.title(),
                            median,
                            compared ? bootstrap.median(pairing.differences()) : null,
                            compared ? bootstrap.median(pairing.ratios()) : null,
                            likeness(row, series, bootstrap),
                            series.forks().size(),
                            series.forks().stream().mapToInt(turns -> turns.length).sum(),
                            cyclesPerNanosecond.isPresent()
                                    ? median.value() * cyclesPerNanosecond.getAsDouble()
                                    : null,
                            series.instructions(),
                            spread(series.samples())));
        }
        return new Line(row.kind(), row.title(), entries, row.omissions());
    }

    /** Those above it that it is not known to differ from; the floor has its interval anyway. */
    private static List<String> likeness(Row row, Series series, Bootstrap bootstrap) {
        List<String> alike = new ArrayList<>();
        for (Series above : row.series().subList(0, row.series().indexOf(series))) {
            Estimate difference = bootstrap.median(new Pairing(above, series).differences());
            if (!above.contestant().equals(FLOOR)
                    && difference.interval() != null
                    && !difference.excludes(0)) {
                alike.add(above.title());
            }
        }
        return alike;
    }

    private static Spread spread(Histogram samples) {
        if (samples.getTotalCount() == 0) {
            return null;
        }
        List<Point> curve = new ArrayList<>();
        for (HistogramIterationValue step : samples.percentiles(5)) {
            curve.add(new Point(step.getPercentileLevelIteratedTo(), step.getValueIteratedTo()));
        }
        return new Spread(
                samples.getValueAtPercentile(50),
                samples.getValueAtPercentile(99),
                samples.getValueAtPercentile(99.9),
                samples.getMaxValue(),
                curve);
    }
}
