package kvm4j.benchmarks.report;

import kvm4j.benchmarks.result.LabResults;
import kvm4j.benchmarks.statistics.Comparison;
import kvm4j.benchmarks.statistics.Comparison.Change;

import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;

/**
 * A comparison of two runs as text for a terminal.
 *
 * @param before the first run
 * @param after the second run
 * @param comparison what changed
 */
public record ComparisonReport(LabResults before, LabResults after, Comparison comparison) {

    /** {@return the text, with a line end at its end} */
    public String text() {
        StringBuilder text = new StringBuilder();
        differing(text, before.host(), after.host());
        differing(text, before.versions(), after.versions());
        TextTable table =
                new TextTable(
                        "exit",
                        "contestant",
                        "before",
                        "after",
                        "shift (95 % interval)",
                        "p",
                        "verdict");
        for (Change change : comparison.changes()) {
            table.add(
                    change.kind(),
                    change.contestant(),
                    Times.format(change.before()),
                    Times.format(change.after()),
                    Times.difference(change.shift()),
                    String.format(Locale.ROOT, "%.2g", change.p()),
                    change.verdict().name().toLowerCase(Locale.ROOT));
        }
        text.append(table.text())
                .append('\n')
                .append("before and after: what it adds to C, median of the quieter turns.\n")
                .append("p: Mann-Whitney U, two-sided, with Holm's correction.\n")
                .append("slower, faster: p below 0.01, the interval (hierarchical bootstrap)")
                .append(" excludes 0,\nand the shift is worth a word beside the whole exit.\n");
        return text.toString();
    }

    private static void differing(
            StringBuilder text, Map<String, String> before, Map<String, String> after) {
        TreeSet<String> names = new TreeSet<>(before.keySet());
        names.addAll(after.keySet());
        for (String name : names) {
            if (!Objects.equals(before.get(name), after.get(name))) {
                text.append(
                        "note: %s differs: %s; %s%n"
                                .formatted(
                                        name,
                                        before.getOrDefault(name, "not known"),
                                        after.getOrDefault(name, "not known")));
            }
        }
    }
}
