package kvm4j.testing.suite;

import kvm4j.testing.verdict.Verdict;

import java.io.PrintWriter;
import java.util.List;

/** Workflow commands of GitHub Actions that mark what failed and what was flaky. */
public final class GitHubAnnotations {

    private GitHubAnnotations() {}

    /**
     * Writes them.
     *
     * @param results the results of a suite
     * @param out what the runner reads
     */
    public static void write(List<TestResult> results, PrintWriter out) {
        for (TestResult result : results) {
            if (result.flaky()) {
                out.println(
                        command(
                                "warning",
                                result.name(),
                                "flaky: passed at attempt " + result.attempts()));
            }
            for (Verdict test : result.tests()) {
                if (test.status() == Verdict.Status.FAILED) {
                    out.println(
                            command("error", result.name() + ": " + test.name(), test.detail()));
                }
            }
        }
    }

    private static String command(String kind, String title, String message) {
        String text = message.isEmpty() ? "the guest reports a failure" : message;
        return "::" + kind + " title=" + property(title) + "::" + data(text);
    }

    private static String property(String text) {
        return data(text).replace(":", "%3A").replace(",", "%2C");
    }

    private static String data(String text) {
        return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A");
    }
}
