package kvm4j.testing.suite;

import kvm4j.testing.FailureReport;
import kvm4j.testing.verdict.Verdict;

import java.io.PrintWriter;
import java.util.List;

/** The Test Anything Protocol, version 14: a line for each test of each guest. */
public final class TapReport {

    private TapReport() {}

    /**
     * Writes a report.
     *
     * @param results the results of a suite
     * @param out where to
     */
    public static void write(List<TestResult> results, PrintWriter out) {
        out.println("TAP version 14");
        out.println("1.." + results.stream().mapToInt(result -> result.tests().size()).sum());
        int number = 0;
        for (TestResult result : results) {
            for (Verdict test : result.tests()) {
                number++;
                out.println(
                        (test.status() == Verdict.Status.FAILED ? "not ok " : "ok ")
                                + number
                                + " - "
                                + escaped(result.name() + ": " + test.name())
                                + directive(test));
                if (test.status() == Verdict.Status.FAILED && !test.detail().isEmpty()) {
                    out.println("# " + escaped(test.detail().strip()));
                }
            }
            if (result.failed()) {
                result.report()
                        .map(FailureReport::repeatCommand)
                        .filter(command -> !command.isEmpty())
                        .ifPresent(command -> out.println("# repeat: " + oneLine(command)));
            }
        }
    }

    private static String directive(Verdict test) {
        return test.status() == Verdict.Status.SKIPPED ? " # SKIP " + escaped(test.detail()) : "";
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\p{Cntrl}+", " ");
    }

    private static String escaped(String text) {
        return oneLine(text).replace("\\", "\\\\").replace("#", "\\#");
    }
}
