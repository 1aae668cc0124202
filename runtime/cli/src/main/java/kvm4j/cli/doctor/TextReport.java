package kvm4j.cli.doctor;

import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.Ansi.Text;
import picocli.CommandLine.Help.ColorScheme;
import picocli.CommandLine.Help.Column;
import picocli.CommandLine.Help.Column.Overflow;
import picocli.CommandLine.Help.TextTable;

import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Stream;

/**
 * Writes a report for people.
 *
 * @param colors how to colour it, if at all
 * @param width how many columns a line has
 */
public record TextReport(ColorScheme colors, int width) {

    private static final int MARK_WIDTH = 6;
    private static final int SUBJECT_WIDTH = 26;
    private static final int LABEL_WIDTH = 12;
    private static final int GAP = 2;
    private static final int NARROWEST_TEXT = 20;
    private static final String CAPABILITY_PREFIX = "KVM_CAP_";

    /**
     * Writes the verdict, then what led to it.
     *
     * @param report what to write
     * @param out where to
     */
    public void write(Report report, PrintWriter out) {
        writeVerdict(report, out);
        for (Topic topic : Topic.values()) {
            List<Finding> findings =
                    report.findings().stream().filter(f -> f.topic() == topic).toList();
            if (!findings.isEmpty()) {
                out.println();
                out.println(heading(topic.title()));
                out.print(table(findings));
            }
        }
    }

    /**
     * Writes the verdict, and what stands in the way: a line for each obstacle and for each remedy,
     * however long, so that a command can be copied out of a log.
     *
     * @param report what to write
     * @param out where to
     */
    public void writeObstacles(Report report, PrintWriter out) {
        writeVerdict(report, out);
        for (Finding finding : report.findings()) {
            if (finding.level() == Level.FAILURE) {
                out.println(
                        mark(finding.level()) + "  " + finding.subject() + ": " + finding.value());
                if (finding.remedy() != null) {
                    out.println("  ->  " + finding.remedy());
                }
            }
        }
    }

    /**
     * Writes what KVM and the processor's virtualization can do.
     *
     * @param report what to write
     * @param out where to
     */
    public void writeAbilities(Report report, PrintWriter out) {
        if (!report.capabilities().isEmpty()) {
            out.println();
            writeCapabilities(report.capabilities(), out);
        }
        for (FeatureRegister register : report.registers()) {
            out.println();
            write(register, out);
        }
    }

    private void writeVerdict(Report report, PrintWriter out) {
        out.println(
                colors.text(
                        (report.ready() ? "@|bold,green ready|@: " : "@|bold,red not ready|@: ")
                                + report.verdict()));
    }

    private Text heading(String title) {
        return colors.text("@|bold " + title + "|@");
    }

    private TextTable table(List<Finding> findings) {
        TextTable table =
                TextTable.forColumns(
                        colors,
                        new Column(MARK_WIDTH, GAP, Overflow.SPAN),
                        new Column(SUBJECT_WIDTH, GAP, Overflow.SPAN),
                        wrapped(width - MARK_WIDTH - SUBJECT_WIDTH));
        for (Finding finding : findings) {
            table.addRowValues(
                    mark(finding.level()), plain(finding.subject()), plain(finding.value()));
            if (finding.remedy() != null) {
                table.addRowValues(plain(""), plain(""), plain("-> " + finding.remedy()));
            }
        }
        return table;
    }

    private void writeCapabilities(List<CapabilityAnswer> capabilities, PrintWriter out) {
        out.println(heading("Capabilities (" + CAPABILITY_PREFIX + "...)"));
        List<CapabilityAnswer> present =
                capabilities.stream().filter(capability -> capability.value() != 0).toList();
        int nameWidth = GAP + widest(present.stream().map(TextReport::shortName));
        int valueWidth = GAP + widest(present.stream().map(TextReport::value));
        TextTable table =
                TextTable.forColumns(
                        colors,
                        new Column(nameWidth, GAP, Overflow.SPAN),
                        new Column(valueWidth, GAP, Overflow.SPAN),
                        wrapped(width - nameWidth - valueWidth));
        for (CapabilityAnswer capability : present) {
            table.addRowValues(
                    plain(shortName(capability)),
                    plain(value(capability)),
                    plain(capability.meaning()));
        }
        out.print(table);
        writeList(
                "missing",
                capabilities.stream()
                        .filter(capability -> capability.value() == 0)
                        .map(TextReport::shortName)
                        .toList(),
                out);
    }

    private static int widest(Stream<String> texts) {
        return texts.mapToInt(String::length).max().orElse(0);
    }

    private static String shortName(CapabilityAnswer capability) {
        return capability.name().substring(CAPABILITY_PREFIX.length());
    }

    private static String value(CapabilityAnswer capability) {
        return Integer.toUnsignedString(capability.value());
    }

    private void write(FeatureRegister register, PrintWriter out) {
        out.println(
                heading("%s (%s)".formatted(register.name(), register.index()))
                        + " = "
                        + register.value());
        if (register.numbers() != null) {
            out.println("  " + register.numbers());
        }
        writeList("available", register.available(), out);
        writeList("always on", register.fixed(), out);
        writeList("missing", register.missing(), out);
    }

    private void writeList(String label, List<String> names, PrintWriter out) {
        if (!names.isEmpty()) {
            TextTable table =
                    TextTable.forColumns(
                            colors,
                            new Column(LABEL_WIDTH, GAP, Overflow.SPAN),
                            wrapped(width - LABEL_WIDTH));
            table.addRowValues(plain(label), plain(String.join(", ", names)));
            out.print(table);
        }
    }

    private static Column wrapped(int columns) {
        return new Column(Math.max(columns, NARROWEST_TEXT), GAP, Overflow.WRAP);
    }

    private Text mark(Level level) {
        return colors.text(
                switch (level) {
                    case OK -> "@|green ok|@";
                    case NOTE -> "-";
                    case WARNING -> "@|yellow !|@";
                    case FAILURE -> "@|bold,red FAIL|@";
                });
    }

    /** As it is: what the host says is no markup. */
    private static Text plain(String text) {
        return Ansi.OFF.text(text.replace("@|", "@ |"));
    }
}
