package kvm4j.benchmarks.report;

import kvm4j.benchmarks.report.Summary.Entry;
import kvm4j.benchmarks.report.Summary.Line;
import kvm4j.benchmarks.report.Summary.ProgramLine;
import kvm4j.benchmarks.result.LabResults;
import kvm4j.benchmarks.result.Row;

import java.util.Locale;

/** Results as text for a terminal. */
public final class TerminalReport {

    private static final String NONE = "-";

    private final Summary summary;

    /**
     * The text of results.
     *
     * @param results what the lab found
     */
    public TerminalReport(LabResults results) {
        summary = Summary.of(results);
    }

    /** {@return the text, with a line end at its end} */
    public String text() {
        StringBuilder text = new StringBuilder();
        text.append(times()).append('\n').append(spreads());
        if (!summary.programs().isEmpty()) {
            text.append('\n').append(programs());
        }
        if (!summary.crowds().isEmpty()) {
            text.append('\n').append(CrowdTable.text(summary.crowds()));
        }
        for (Line line : summary.rows()) {
            for (Row.Omission omission : line.omissions()) {
                text.append(
                        "\n%s: not %s: %s"
                                .formatted(line.kind(), omission.contestant(), omission.reason()));
            }
        }
        for (String caution : summary.cautions()) {
            text.append("\nnote: ").append(caution);
        }
        return text.toString().stripTrailing() + "\n";
    }

    private String times() {
        TextTable table =
                new TextTable(
                        "exit",
                        "contestant",
                        "median",
                        "cycles",
                        "above C (95 % interval)",
                        "times C",
                        "instructions",
                        "forks x turns");
        for (Line line : summary.rows()) {
            for (Entry entry : line.entries()) {
                table.add(
                        line.kind(),
                        entry.title(),
                        Times.format(entry.median().value()),
                        entry.cycles() == null
                                ? NONE
                                : String.format(Locale.ROOT, "%.0f", entry.cycles()),
                        (entry.difference() == null ? NONE : Times.difference(entry.difference()))
                                + (entry.likeness().isEmpty() ? "" : " ~"),
                        entry.ratio() == null
                                ? NONE
                                : String.format(Locale.ROOT, "%.3f", entry.ratio().value()),
                        entry.instructions() == null
                                ? NONE
                                : String.format(Locale.ROOT, "%.1f", entry.instructions()),
                        entry.forks() + " x " + entry.turns() / entry.forks());
            }
        }
        return table.text() + legend();
    }

    private String legend() {
        return """
        above C: the median of the differences between turns that followed each other at once, in the
        quieter half of them; the difference of the medians of all turns is another number.
        """
                + (alike() ? "~: not known to differ from one above it in the same row.\n" : "");
    }

    private boolean alike() {
        return summary.rows().stream()
                .flatMap(line -> line.entries().stream())
                .anyMatch(entry -> !entry.likeness().isEmpty());
    }

    private String programs() {
        TextTable table =
                new TextTable(
                        "exit", "program", "elapsed", "user CPU (95 % interval)", "system CPU");
        for (ProgramLine line : summary.programs()) {
            table.add(
                    line.kind(),
                    line.title(),
                    Times.format(line.elapsed()),
                    Times.estimate(line.user()),
                    Times.format(line.system()));
        }
        return table.text();
    }

    private String spreads() {
        TextTable table = new TextTable("exit", "contestant", "p50", "p99", "p99.9", "max");
        for (Line line : summary.rows()) {
            for (Entry entry : line.entries()) {
                if (entry.spread() != null) {
                    table.add(
                            line.kind(),
                            entry.title(),
                            Times.format(entry.spread().p50()),
                            Times.format(entry.spread().p99()),
                            Times.format(entry.spread().p999()),
                            Times.format(entry.spread().max()));
                }
            }
        }
        return table.text();
    }
}
