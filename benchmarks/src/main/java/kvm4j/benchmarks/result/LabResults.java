package kvm4j.benchmarks.result;

import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * All that one run of the lab found.
 *
 * @param format the version of this layout, {@link #FORMAT}
 * @param started when the run began
 * @param seconds how long it took
 * @param plan the plan's name, such as {@code quick}
 * @param versions what ran: kvm4j, JVM, kernel, compiler, each by name
 * @param host the host, fact by fact
 * @param cautions what blurred the figures, a sentence each
 * @param rows a kind of exit each
 * @param programs whole programs, where another than kvm4j is installed
 * @param crowds many machines at once, where {@code bench crowd} measured them; nothing in a file
 *     that is older than that
 */
public record LabResults(
        int format,
        Instant started,
        double seconds,
        String plan,
        Map<String, String> versions,
        Map<String, String> host,
        List<String> cautions,
        List<Row> rows,
        List<ProgramRow> programs,
        List<CrowdRow> crowds) {

    /** Results; whatever file they come from, nothing is missing in them. */
    public LabResults {
        Objects.requireNonNull(started, "results without a date");
        Objects.requireNonNull(plan, "results without a plan");
        Objects.requireNonNull(versions, "results without versions");
        Objects.requireNonNull(host, "results without a host");
        cautions = List.copyOf(cautions);
        rows = List.copyOf(rows);
        programs = List.copyOf(programs);
        crowds = crowds == null ? List.of() : List.copyOf(crowds);
    }

    /** The layout that this version reads and writes. */
    public static final int FORMAT = 1;

    /** {@return what it takes to compare the run with another} */
    public LabResults brief() {
        return new LabResults(
                format,
                started,
                seconds,
                plan,
                versions,
                host,
                cautions,
                rows.stream().map(Row::brief).toList(),
                List.of(),
                List.of());
    }

    /**
     * The same with other crowds.
     *
     * @param others in place of those that are here
     * @return the results
     */
    public LabResults withCrowds(List<CrowdRow> others) {
        return new LabResults(
                format, started, seconds, plan, versions, host, cautions, rows, programs, others);
    }

    /** {@return the names of the kinds that were measured} */
    public Set<String> kinds() {
        return rows.stream()
                .filter(row -> !row.series().isEmpty())
                .map(Row::kind)
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /**
     * The row of a kind.
     *
     * @param kind the kind's name
     * @return the row, or empty if the kind was not measured
     */
    public Optional<Row> row(String kind) {
        return rows.stream().filter(row -> row.kind().equals(kind)).findFirst();
    }
}
