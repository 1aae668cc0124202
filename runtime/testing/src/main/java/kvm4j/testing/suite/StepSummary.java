package kvm4j.testing.suite;

import kvm4j.testing.verdict.Verdict;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * What GitHub Actions shows on the page of a run: how many guests failed, which, and what helps to
 * find out why, folded up for each; then those that passed, the slowest first. It is HTML, as
 * Markdown may contain it: whatever a guest prints, nothing of it is taken for markup.
 */
public final class StepSummary {

    /** GitHub shows nothing of a step that has written more bytes. */
    static final int MOST_BYTES = 1 << 20;

    /** Room for what is not folded up, and for the lists below it. */
    private static final int KEPT_FREE = 1 << 18;

    private static final int FAILED_ROWS = 100;
    private static final int OTHER_ROWS = 100;

    private final List<TestResult> results;
    private final StringBuilder page = new StringBuilder();

    private StepSummary(List<TestResult> results) {
        this.results = results;
    }

    /**
     * Appends a summary to a file, which GitHub names in the variable {@code GITHUB_STEP_SUMMARY}.
     *
     * @param results the results of a suite
     * @param file the file, which may have summaries already
     * @throws IOException if it cannot be written
     */
    public static void append(List<TestResult> results, Path file) throws IOException {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new FileSystemException(file.toString(), null, "it is no regular file");
        }
        long room = MOST_BYTES - (Files.exists(file) ? Files.size(file) : 0);
        String text = of(results, room);
        if (size(text) > room) {
            text = new StepSummary(results).writeHead();
        }
        if (size(text) <= room) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            Files.write(file, bytes, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
    }

    static String of(List<TestResult> results, long room) {
        return new StepSummary(results).write(room);
    }

    private String write(long room) {
        List<TestResult> troubled = new ArrayList<>(select(Standing.FAILED));
        troubled.addAll(select(Standing.FLAKY));
        writeHead();
        writeTable(troubled);
        writeReports(troubled, room - KEPT_FREE);
        writePassed(select(Standing.PASSED));
        writeSkipped(select(Standing.SKIPPED));
        return page.toString();
    }

    private List<TestResult> select(Standing standing) {
        return results.stream().filter(result -> Standing.of(result) == standing).toList();
    }

    private String writeHead() {
        page.append("\n\n<h3>").append(headline());
        page.append("</h3>\n\n<p>");
        page.append(tests(results.stream().mapToLong(result -> result.tests().size()).sum()));
        page.append(", which took ");
        page.append(
                seconds(
                        results.stream()
                                .map(TestResult::duration)
                                .reduce(Duration.ZERO, Duration::plus)));
        page.append(": %d passed, ".formatted(sum(Verdict.Status.PASSED)));
        page.append("%d failed, ".formatted(sum(Verdict.Status.FAILED)));
        page.append("%d skipped. ".formatted(sum(Verdict.Status.SKIPPED)));
        page.append(flakyGuests(select(Standing.FLAKY).size())).append(" flaky.</p>\n\n");
        return page.toString();
    }

    private String headline() {
        String guests = guests(results.size());
        int failed = select(Standing.FAILED).size();
        if (failed > 0) {
            return "❌ %d of %s failed".formatted(failed, guests);
        }
        return select(Standing.SKIPPED).size() == results.size()
                ? "⚪ Nothing to run in " + guests
                : "✅ No failure in " + guests;
    }

    private static String flakyGuests(int count) {
        return switch (count) {
            case 0 -> "No guest was";
            case 1 -> "1 guest was";
            default -> count + " guests were";
        };
    }

    private long sum(Verdict.Status status) {
        return results.stream().mapToLong(result -> result.count(status)).sum();
    }

    private void writeTable(List<TestResult> troubled) {
        if (troubled.isEmpty()) {
            return;
        }
        page.append("<table>\n<tr><th></th><th>Guest</th><th>Failed</th><th>Time</th>");
        page.append("<th>What failed</th></tr>\n");
        troubled.stream()
                .limit(FAILED_ROWS)
                .forEach(
                        result -> {
                            page.append("<tr><td>").append(Standing.of(result).mark());
                            page.append("</td><td>").append(SummaryHtml.name(result.name()));
                            page.append("</td><td>")
                                    .append(SummaryHtml.unbroken(GuestSummary.counts(result)));
                            page.append("</td><td align=\"right\">");
                            page.append(SummaryHtml.unbroken(seconds(result.duration())));
                            page.append("</td><td>")
                                    .append(GuestSummary.failedTests(result))
                                    .append("</td></tr>\n");
                        });
        writeOthers(troubled.size() - FAILED_ROWS);
        page.append("</table>\n\n");
    }

    private void writeOthers(int count) {
        if (count > 0) {
            page.append("<tr><td></td><td colspan=\"4\">and ");
            page.append(guests(count)).append(" more</td></tr>\n");
        }
    }

    private void writeReports(List<TestResult> troubled, long room) {
        long used = size(page);
        int told = 0;
        for (TestResult result : troubled) {
            String report = GuestSummary.folded(result);
            used += size(report);
            if (used > room) {
                page.append("<p>There is no room for the reports of ");
                page.append(guests(troubled.size() - told)).append(" more: see the log.</p>\n\n");
                return;
            }
            page.append(report);
            told++;
        }
    }

    private static long size(CharSequence text) {
        return text.toString().getBytes(StandardCharsets.UTF_8).length;
    }

    private void writePassed(List<TestResult> passed) {
        if (passed.isEmpty()) {
            return;
        }
        page.append("<details><summary>✅ ").append(guests(passed.size()));
        page.append(" passed, the slowest first</summary>\n<table>\n");
        page.append("<tr><th>Guest</th><th>Tests</th><th>Time</th></tr>\n");
        passed.stream()
                .sorted(Comparator.comparing(TestResult::duration).reversed())
                .limit(OTHER_ROWS)
                .forEach(
                        result -> {
                            page.append("<tr><td>").append(SummaryHtml.name(result.name()));
                            page.append("</td><td align=\"right\">").append(result.tests().size());
                            page.append("</td><td align=\"right\">");
                            page.append(SummaryHtml.unbroken(seconds(result.duration())));
                            page.append("</td></tr>\n");
                        });
        writeOthers(passed.size() - OTHER_ROWS);
        page.append("</table>\n</details>\n\n");
    }

    private void writeSkipped(List<TestResult> skipped) {
        if (skipped.isEmpty()) {
            return;
        }
        page.append("<details><summary>⚪ ").append(guests(skipped.size()));
        page.append(" had nothing to run</summary>\n<table>\n");
        page.append("<tr><th>Guest</th><th>Why</th></tr>\n");
        skipped.stream()
                .limit(OTHER_ROWS)
                .forEach(
                        result -> {
                            page.append("<tr><td>").append(SummaryHtml.name(result.name()));
                            page.append("</td><td>")
                                    .append(GuestSummary.reason(result))
                                    .append("</td></tr>\n");
                        });
        writeOthers(skipped.size() - OTHER_ROWS);
        page.append("</table>\n</details>\n\n");
    }

    private static String guests(long count) {
        return count == 1 ? "1 guest" : count + " guests";
    }

    private static String tests(long count) {
        return count == 1 ? "1 test" : count + " tests";
    }

    private static String seconds(Duration duration) {
        return String.format(Locale.ROOT, "%.3f s", duration.toNanos() / 1e9);
    }
}
