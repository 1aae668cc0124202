package kvm4j.cli;

import kvm4j.testing.suite.GitHubAnnotations;
import kvm4j.testing.suite.JUnitReport;
import kvm4j.testing.suite.StepSummary;
import kvm4j.testing.suite.TapReport;
import kvm4j.testing.suite.TestResult;

import picocli.CommandLine.Model.OptionSpec;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** What a suite leaves for others to read. */
final class SuiteReports {

    private final OptionSpec junit =
            OptionSpec.builder("--junit")
                    .paramLabel("FILE")
                    .type(Path.class)
                    .description("Write the results as JUnit's XML.")
                    .build();

    private final OptionSpec tap =
            Usage.flag("--tap", "Print the results in TAP, and nothing else.");

    OptionGroup group() {
        return new OptionGroup("Reports", List.of(junit, tap));
    }

    /** Whether TAP is all that is printed. */
    boolean areTap() {
        return tap.getValue();
    }

    /**
     * Makes sure that the file can be written, before there is something to write.
     *
     * @return the open file, to be closed at the end
     * @throws Failure if it cannot
     */
    OutputStream hold() {
        Path xml = junit.getValue();
        return xml == null ? OutputStream.nullOutputStream() : OutputFile.hold(xml);
    }

    /**
     * Writes all that are asked for, by an option or by the environment.
     *
     * @param results the results
     * @param out where TAP goes, and what a runner reads otherwise
     * @param err where the rest goes
     * @throws Failure if the file cannot be written
     */
    void write(List<TestResult> results, PrintWriter out, PrintWriter err) {
        if (areTap()) {
            TapReport.write(results, out);
            out.flush();
        }
        if (junit.getValue() != null) {
            try {
                JUnitReport.write(results, junit.getValue());
            } catch (IOException e) {
                throw new Failure(
                        ExitStatus.CANNOT_CREATE,
                        "cannot write " + junit.getValue() + ": " + e.getMessage(),
                        e);
            }
        }
        if ("true".equals(System.getenv("GITHUB_ACTIONS"))) {
            // GitHub's runner reads both.
            PrintWriter commands = areTap() ? err : out;
            GitHubAnnotations.write(results, commands);
            commands.flush();
        }
        writeSummary(results, System.getenv("GITHUB_STEP_SUMMARY"), err);
    }

    /** Nobody asked for it in words: where it cannot be written the results count all the same. */
    private static void writeSummary(List<TestResult> results, String file, PrintWriter err) {
        if (file == null || file.isEmpty()) {
            return;
        }
        try {
            StepSummary.append(results, Path.of(file));
        } catch (IOException | InvalidPathException e) {
            boolean isLost = e instanceof NoSuchFileException;
            String reason = isLost ? "no such folder for " + file : e.getMessage();
            Message.tell(err, "cannot write GITHUB_STEP_SUMMARY: " + reason);
        }
    }
}
