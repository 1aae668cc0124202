package kvm4j.cli;

import kvm4j.testing.FailureReport;
import kvm4j.testing.suite.TestResult;
import kvm4j.testing.verdict.Verdict;
import kvm4j.text.Printable;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** What {@code kvm4j test} prints for people: each guest when it has ended, and a summary. */
final class TestProgress {

    private static final int SLOWEST = 5;
    private static final int FAILURES_TOLD = 20;

    private final int total;
    private final PrintWriter out;
    private final long started = System.nanoTime();
    private int done;

    TestProgress(int total, PrintWriter out) {
        this.total = total;
        this.out = out;
    }

    void tell(TestResult result) {
        done++;
        out.printf(
                Locale.ROOT,
                "[%d/%d] %s %s (%s)%n",
                done,
                total,
                word(result),
                harmless(result.name()),
                details(result));
        List<Verdict> failures = result.tests(Verdict.Status.FAILED);
        failures.stream().limit(FAILURES_TOLD).forEach(this::tellFailure);
        if (failures.size() > FAILURES_TOLD) {
            out.printf("  and %d more%n", failures.size() - FAILURES_TOLD);
        }
        if (result.failed()) {
            result.report().ifPresent(this::tellReport);
        }
        out.flush();
    }

    private void tellReport(FailureReport report) {
        report.text().lines().forEach(line -> out.println("    | " + harmless(line)));
    }

    /**
     * A guest's line that commands no runner: GitHub's obeys {@code ::command::} at the start of a
     * line, behind blanks too, which is why there is a bar before it, and {@code ##[command]}
     * anywhere; others {@code ##vso[} and {@code ##teamcity[}.
     */
    private static String harmless(String line) {
        return Printable.of(line).replaceAll("##(?=\\w*\\[)", "#\\\\x23");
    }

    private void tellFailure(Verdict test) {
        String detail = test.detail().isEmpty() ? "" : ": " + test.detail().strip();
        out.println("  FAIL " + harmless(test.name() + detail));
    }

    private static String word(TestResult result) {
        if (result.failed()) {
            return "FAIL";
        }
        if (result.flaky()) {
            return "flaky";
        }
        return result.count(Verdict.Status.PASSED) > 0 ? "ok" : "skip";
    }

    private static String details(TestResult result) {
        if (result.attempts() == 0) {
            return harmless(result.tests().getFirst().detail());
        }
        int tests = result.tests().size();
        return (tests == 1 ? "" : tests + " tests, ") + seconds(result.duration());
    }

    void summarize(List<TestResult> results) {
        List<TestResult> slowest =
                results.stream()
                        .filter(result -> result.attempts() > 0)
                        .sorted(Comparator.comparing(TestResult::duration).reversed())
                        .limit(SLOWEST)
                        .toList();
        if (slowest.size() > 1) {
            out.println("slowest:");
            slowest.forEach(
                    result ->
                            out.printf(
                                    "  %9s  %s%n",
                                    seconds(result.duration()), harmless(result.name())));
        }
        out.printf(
                "%s, %s in %s: %d passed, %d failed, %d skipped, %s flaky%n",
                counted(results.size(), "guest"),
                counted(results.stream().mapToLong(result -> result.tests().size()).sum(), "test"),
                seconds(Duration.ofNanos(System.nanoTime() - started)),
                sum(results, Verdict.Status.PASSED),
                sum(results, Verdict.Status.FAILED),
                sum(results, Verdict.Status.SKIPPED),
                counted(results.stream().filter(TestResult::flaky).count(), "guest"));
    }

    private static String counted(long count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }

    private static long sum(List<TestResult> results, Verdict.Status status) {
        return results.stream().mapToLong(result -> result.count(status)).sum();
    }

    private static String seconds(Duration duration) {
        return String.format(Locale.ROOT, "%.3f s", duration.toNanos() / 1e9);
    }
}
