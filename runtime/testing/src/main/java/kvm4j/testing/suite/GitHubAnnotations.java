package kvm4j.testing.suite;

import kvm4j.testing.FailureReport;
import kvm4j.testing.ReadableText;
import kvm4j.testing.verdict.Verdict;

import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Workflow commands of GitHub Actions that mark what failed and what was flaky: one for each guest,
 * and not more than GitHub keeps of a step.
 */
public final class GitHubAnnotations {

    /** GitHub's runner keeps this many of each kind of a step, and drops the others. */
    static final int MOST = 10;

    /** The runner cuts a message here. */
    static final int LONGEST_MESSAGE = 4096;

    private static final int LONGEST_TITLE = 250;
    private static final int LONGEST_LINE = 300;
    private static final int TESTS_TOLD = 8;

    private GitHubAnnotations() {}

    private record Annotation(String guest, String title, String message) {}

    /**
     * Writes them.
     *
     * @param results the results of a suite
     * @param out what the runner reads
     */
    public static void write(List<TestResult> results, PrintWriter out) {
        write(
                "error",
                "failed",
                results.stream()
                        .filter(TestResult::failed)
                        .map(GitHubAnnotations::failure)
                        .toList(),
                out);
        write(
                "warning",
                "were flaky",
                results.stream().filter(TestResult::flaky).map(GitHubAnnotations::flaky).toList(),
                out);
    }

    private static void write(
            String kind, String verb, List<Annotation> annotations, PrintWriter out) {
        boolean all = annotations.size() <= MOST;
        for (Annotation one : annotations.subList(0, all ? annotations.size() : MOST - 1)) {
            out.println(command(kind, one.title(), one.message()));
        }
        if (!all) {
            List<Annotation> others = annotations.subList(MOST - 1, annotations.size());
            String names =
                    others.stream()
                            .map(one -> ShortText.of(one.guest(), LONGEST_LINE))
                            .collect(Collectors.joining("\n"));
            out.println(command(kind, "%d guests more %s".formatted(others.size(), verb), names));
        }
    }

    private static Annotation failure(TestResult result) {
        long failed = result.count(Verdict.Status.FAILED);
        int tests = result.tests().size();
        String title =
                tests == 1
                        ? result.name() + " failed"
                        : "%s: %d of %d tests failed".formatted(result.name(), failed, tests);
        return new Annotation(
                result.name(), title, told(result.tests(Verdict.Status.FAILED), result));
    }

    private static Annotation flaky(TestResult result) {
        String title = "%s passed at attempt %d".formatted(result.name(), result.attempts());
        return new Annotation(
                result.name(), title, "before:\n" + told(result.lastFailures(), result));
    }

    private static String told(List<Verdict> failures, TestResult result) {
        String tests =
                failures.stream()
                        .limit(TESTS_TOLD)
                        .map(test -> ShortText.of(line(test), LONGEST_LINE) + "\n")
                        .collect(Collectors.joining());
        int others = failures.size() - TESTS_TOLD;
        return tests
                + (others > 0 ? "and %d more\n".formatted(others) : "")
                + result.report()
                        .map(FailureReport::repeatCommand)
                        .filter(command -> !command.isEmpty())
                        .map(command -> "repeat: " + command)
                        .orElse("");
    }

    private static String line(Verdict test) {
        return test.detail().isBlank() ? test.name() : test.name() + ": " + test.reason();
    }

    private static String command(String kind, String title, String message) {
        return "::%s title=%s::%s"
                .formatted(
                        kind,
                        property(ShortText.of(ReadableText.of(title), LONGEST_TITLE)),
                        data(ShortText.of(ReadableText.of(message.strip()), LONGEST_MESSAGE)));
    }

    private static String property(String text) {
        return data(text).replace(":", "%3A").replace(",", "%2C");
    }

    private static String data(String text) {
        return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A");
    }
}
