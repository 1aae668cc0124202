package kvm4j.testing.suite;

import kvm4j.testing.FailureReport;
import kvm4j.testing.verdict.Verdict;

import java.util.List;
import java.util.stream.Collectors;

/** What a summary says of one guest. */
final class GuestSummary {

    private static final int TESTS_TOLD = 20;
    private static final int TESTS_IN_ROW = 3;
    private static final int LONGEST_REASON = 100;
    private static final int LONGEST_DETAIL = 1000;
    private static final int LONGEST_CONSOLE = 4096;

    private GuestSummary() {}

    /** How much of it failed. */
    static String counts(TestResult result) {
        int tests = result.tests().size();
        return result.flaky()
                ? "%d of %d attempts".formatted(result.attempts() - 1, result.attempts())
                : "%d of %d".formatted(result.count(Verdict.Status.FAILED), tests);
    }

    /** The first that failed, one below the other. */
    static String failedTests(TestResult result) {
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
        String detail = SummaryHtml.oneLine(test.detail(), most);
        return SummaryHtml.name(test.name())
                + (detail.isEmpty() ? "" : ": " + SummaryHtml.of(detail));
    }

    /** What helps to find out why it failed, folded up. */
    static String folded(TestResult result) {
        StringBuilder text = new StringBuilder("<details><summary>");
        text.append(Standing.of(result).mark()).append(' ').append(SummaryHtml.name(result.name()));
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
            text.append(SummaryHtml.block(report.repeatCommand()));
        }
        for (FailureReport.Printed printed : report.printed()) {
            FailureReport.Printed end = printed.end(LONGEST_CONSOLE);
            text.append("<p>").append(SummaryHtml.of(end.title())).append("</p>\n\n");
            if (!end.text().isEmpty()) {
                text.append(SummaryHtml.block(end.text()));
            }
        }
        if (!report.processors().isEmpty()) {
            text.append("<p>").append(SummaryHtml.of(report.end())).append("</p>\n\n");
            text.append(SummaryHtml.block(report.processors()));
        }
    }

    /** Why nothing of it was run. */
    static String reason(TestResult result) {
        Verdict first = result.tests().getFirst();
        return SummaryHtml.of(
                SummaryHtml.oneLine(
                        result.attempts() == 0 ? first.reason() : first.name(), LONGEST_REASON));
    }
}
