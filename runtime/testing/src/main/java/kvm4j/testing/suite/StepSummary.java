package kvm4j.testing.suite;

import kvm4j.testing.FailureReport;
import kvm4j.testing.ReadableText;
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
import java.util.stream.Collectors;

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
    private static final int TESTS_TOLD = 20;
    private static final int TESTS_IN_ROW = 3;
    private static final int LONGEST_NAME = 80;
    private static final int LONGEST_REASON = 100;
    private static final int LONGEST_DETAIL = 1000;
    private static final int LONGEST_CONSOLE = 4096;

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
        List<TestResult> troubled = new ArrayList<>(select(Kind.FAILED));
        troubled.addAll(select(Kind.FLAKY));
        writeHead();
        writeTable(troubled);
        writeReports(troubled, room - KEPT_FREE);
        writePassed(select(Kind.PASSED));
        writeSkipped(select(Kind.SKIPPED));
        return page.toString();
    }

    private enum Kind {
        FAILED("❌"),
        FLAKY("⚠️"),
        PASSED("✅"),
        SKIPPED("⚪");

        private final String mark;

        Kind(String mark) {
            this.mark = mark;
        }

        static Kind of(TestResult result) {
            if (result.failed()) {
                return FAILED;
            }
            if (result.flaky()) {
                return FLAKY;
            }
            return result.count(Verdict.Status.PASSED) > 0 ? PASSED : SKIPPED;
        }
    }

    private List<TestResult> select(Kind kind) {
        return results.stream().filter(result -> Kind.of(result) == kind).toList();
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
        page.append(flakyGuests(select(Kind.FLAKY).size())).append(" flaky.</p>\n\n");
        return page.toString();
    }

    private String headline() {
        String guests = guests(results.size());
        int failed = select(Kind.FAILED).size();
        if (failed > 0) {
            return "❌ %d of %s failed".formatted(failed, guests);
        }
        return select(Kind.SKIPPED).size() == results.size()
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
                            page.append("<tr><td>").append(Kind.of(result).mark);
                            page.append("</td><td>").append(name(result.name()));
                            page.append("</td><td>").append(unbroken(counts(result)));
                            page.append("</td><td align=\"right\">");
                            page.append(unbroken(seconds(result.duration())));
                            page.append("</td><td>")
                                    .append(failedTests(result))
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

    private static String counts(TestResult result) {
        int tests = result.tests().size();
        return result.flaky()
                ? "%d of %d attempts".formatted(result.attempts() - 1, result.attempts())
                : "%d of %d".formatted(result.count(Verdict.Status.FAILED), tests);
    }

    private static String failedTests(TestResult result) {
        List<Verdict> failures = result.lastFailures();
        String told =
                failures.stream()
                        .limit(TESTS_IN_ROW)
                        .map(test -> test(test, LONGEST_REASON))
                        .collect(Collectors.joining("<br>"));
        int others = failures.size() - TESTS_IN_ROW;
        return told + (others > 0 ? "<br>and %d more".formatted(others) : "");
    }

    private static String test(Verdict test, int most) {
        String detail = oneLine(test.detail(), most);
        return name(test.name()) + (detail.isEmpty() ? "" : ": " + html(detail));
    }

    private void writeReports(List<TestResult> troubled, long room) {
        long used = size(page);
        int told = 0;
        for (TestResult result : troubled) {
            String report = report(result);
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

    private static String report(TestResult result) {
        StringBuilder text = new StringBuilder("<details><summary>");
        text.append(Kind.of(result).mark).append(' ').append(name(result.name()));
        text.append(": ").append(verdict(result)).append("</summary>\n<ul>\n");
        List<Verdict> failures = result.lastFailures();
        failures.stream()
                .limit(TESTS_TOLD)
                .forEach(
                        test ->
                                text.append("<li>")
                                        .append(test(test, LONGEST_DETAIL))
                                        .append("</li>\n"));
        int others = failures.size() - TESTS_TOLD;
        if (others > 0) {
            text.append("<li>and ").append(others).append(" more</li>\n");
        }
        text.append("</ul>\n\n");
        result.report().ifPresent(report -> appendReport(text, report));
        return text.append("</details>\n\n").toString();
    }

    private static String verdict(TestResult result) {
        if (result.flaky()) {
            return "passed at attempt " + result.attempts();
        }
        String failed = counts(result) + " failed";
        return result.attempts() > 1 ? failed + " at attempt " + result.attempts() : failed;
    }

    private static void appendReport(StringBuilder text, FailureReport report) {
        if (!report.repeatCommand().isEmpty()) {
            text.append(block(report.repeatCommand()));
        }
        for (FailureReport.Printed printed : report.printed()) {
            FailureReport.Printed end = printed.end(LONGEST_CONSOLE);
            text.append("<p>").append(html(end.title())).append("</p>\n\n");
            if (!end.text().isEmpty()) {
                text.append(block(end.text()));
            }
        }
        if (!report.processors().isEmpty()) {
            text.append("<p>").append(html(report.end())).append("</p>\n\n");
            text.append(block(report.processors()));
        }
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
                            page.append("<tr><td>").append(name(result.name()));
                            page.append("</td><td align=\"right\">").append(result.tests().size());
                            page.append("</td><td align=\"right\">");
                            page.append(unbroken(seconds(result.duration())));
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
                            page.append("<tr><td>").append(name(result.name()));
                            page.append("</td><td>").append(reason(result)).append("</td></tr>\n");
                        });
        writeOthers(skipped.size() - OTHER_ROWS);
        page.append("</table>\n</details>\n\n");
    }

    private static String reason(TestResult result) {
        Verdict first = result.tests().getFirst();
        return html(
                oneLine(result.attempts() == 0 ? first.reason() : first.name(), LONGEST_REASON));
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

    private static String unbroken(String text) {
        return text.replace(" ", "&nbsp;");
    }

    private static String name(String text) {
        return "<code>" + html(oneLine(text, LONGEST_NAME)) + "</code>";
    }

    /** Starts a line of its own, behind an empty one: Markdown leaves it alone to its end. */
    private static String block(String text) {
        return "<pre>" + html(text.stripTrailing()) + "</pre>\n\n";
    }

    private static String oneLine(String text, int most) {
        return ShortText.of(ReadableText.of(text).strip().replaceAll("\\s*\n\\s*", " "), most);
    }

    private static String html(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
