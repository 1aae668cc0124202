package kvm4j.benchmarks.report;

import static java.util.stream.Collectors.joining;

import kvm4j.benchmarks.result.LabResults;
import kvm4j.benchmarks.statistics.Comparison;
import kvm4j.benchmarks.statistics.Comparison.Change;
import kvm4j.benchmarks.statistics.Comparison.Verdict;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A comparison of two runs, for a terminal, for a pull request, and as a page.
 *
 * @param before the first run
 * @param after the second run
 * @param comparison what changed
 */
public record ComparisonReport(LabResults before, LabResults after, Comparison comparison) {

    private static final List<String> HEADINGS =
            List.of(
                    "exit",
                    "contestant",
                    "before",
                    "after",
                    "shift (95 % interval)",
                    "p",
                    "verdict");

    private static final String LEGEND =
            """
            before and after: what it adds to C, median of the quieter turns.
            p: Mann-Whitney U, two-sided, with Holm's correction.
            slower, faster: p below 0.01, the interval (hierarchical bootstrap) excludes 0,
            and the shift is worth a word beside the whole exit.
            """;

    /** {@return the comparison for a terminal, with a line end at its end} */
    public String text() {
        TextTable table = new TextTable(HEADINGS.toArray(String[]::new));
        rows().forEach(row -> table.add(row.toArray(String[]::new)));
        String notes = differences().map(note -> "note: " + note + "\n").collect(joining());
        return notes + table.text() + "\n" + LEGEND;
    }

    /** {@return the comparison in Markdown, as for a pull request, with a line end at its end} */
    public String markdown() {
        StringBuilder text = new StringBuilder("**" + verdict() + "**\n\n");
        text.append(markdownRow(HEADINGS)).append("|---|---|---:|---:|---:|---:|---|\n");
        rows().forEach(row -> text.append(markdownRow(row)));
        text.append("\n<details><summary>How to read this</summary>\n\n")
                .append(LEGEND)
                .append('\n');
        differences().forEach(note -> text.append("- ").append(escaped(note)).append('\n'));
        return text.append("\n</details>\n").toString();
    }

    private static String markdownRow(List<String> cells) {
        return cells.stream().map(ComparisonReport::escaped).collect(joining(" | ", "| ", " |\n"));
    }

    private static String escaped(String text) {
        return html(text).replace("|", "\\|");
    }

    /** {@return the comparison as a page that needs nothing but itself} */
    public String page() {
        String rows = rows().stream().map(ComparisonReport::pageRow).collect(joining("\n"));
        String notes =
                differences().map(note -> "<li>" + html(note) + "</li>").collect(joining("\n"));
        return """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>kvm4j bench: what changed</title>
        <style>
        %s
        </style>
        </head>
        <body>
        <header><h1>%s</h1><p>%s, and %s</p></header>
        <main>
        <section>
        <table>
        <thead><tr>%s</tr></thead>
        <tbody>
        %s
        </tbody>
        </table>
        <p>%s</p>
        </section>
        <section><h2>What else differs</h2><ul>%s</ul></section>
        </main>
        <footer><p>Made by <code>kvm4j bench compare</code>.</p></footer>
        </body>
        </html>
        """
                .formatted(
                        PageResource.text("report.css"),
                        html(verdict()),
                        html(before.started().toString()),
                        html(after.started().toString()),
                        HEADINGS.stream()
                                .map(heading -> "<th scope=\"col\">" + html(heading) + "</th>")
                                .collect(joining()),
                        rows,
                        html(LEGEND),
                        notes.isEmpty() ? "<li>nothing</li>" : notes);
    }

    private static String pageRow(List<String> cells) {
        StringBuilder row = new StringBuilder("<tr><th scope=\"row\"><span>");
        row.append(html(cells.getFirst())).append("</span></th>");
        for (int i = 1; i < cells.size(); i++) {
            row.append("<td data-label=\"")
                    .append(html(HEADINGS.get(i)))
                    .append("\"><span>")
                    .append(html(cells.get(i)))
                    .append("</span></td>");
        }
        return row.append("</tr>").toString();
    }

    private static String html(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    private String verdict() {
        long slower = count(Verdict.SLOWER);
        long faster = count(Verdict.FASTER);
        return slower + faster == 0
                ? "Nothing changed beyond noise"
                : "%d slower, %d faster, %d the same"
                        .formatted(slower, faster, count(Verdict.SAME));
    }

    private long count(Verdict verdict) {
        return comparison.changes().stream().filter(c -> c.verdict() == verdict).count();
    }

    private List<List<String>> rows() {
        return comparison.changes().stream().map(ComparisonReport::row).toList();
    }

    private static List<String> row(Change change) {
        return List.of(
                change.kind(),
                change.contestant(),
                Times.format(change.before()),
                Times.format(change.after()),
                Times.difference(change.shift()),
                String.format(Locale.ROOT, "%.2g", change.p()),
                change.verdict().name().toLowerCase(Locale.ROOT));
    }

    private Stream<String> differences() {
        return Stream.of(
                        differing(before.host(), after.host()),
                        differing(before.versions(), after.versions()),
                        notIn(after, before).map(kind -> kind + " was not measured after"),
                        notIn(before, after).map(kind -> kind + " was not measured before"))
                .flatMap(Function.identity());
    }

    private static Stream<String> notIn(LabResults run, LabResults other) {
        return other.kinds().stream().filter(kind -> !run.kinds().contains(kind));
    }

    private static Stream<String> differing(Map<String, String> before, Map<String, String> after) {
        TreeSet<String> names = new TreeSet<>(before.keySet());
        names.addAll(after.keySet());
        return names.stream()
                .filter(name -> !Objects.equals(before.get(name), after.get(name)))
                .map(
                        name ->
                                "%s differs: %s; %s"
                                        .formatted(
                                                name,
                                                before.getOrDefault(name, "not known"),
                                                after.getOrDefault(name, "not known")));
    }
}
