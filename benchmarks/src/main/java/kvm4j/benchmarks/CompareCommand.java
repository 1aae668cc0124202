package kvm4j.benchmarks;

import kvm4j.benchmarks.history.Accepted;
import kvm4j.benchmarks.history.Baseline;
import kvm4j.benchmarks.history.NotAHistoryException;
import kvm4j.benchmarks.report.ComparisonReport;
import kvm4j.benchmarks.result.LabResults;
import kvm4j.benchmarks.statistics.Comparison;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

/** {@code kvm4j bench compare}: what changed from one run to another, beyond noise. */
@Command(
        name = "compare",
        customSynopsis = {
            "kvm4j bench compare [OPTIONS] BEFORE AFTER",
            "       kvm4j bench compare [OPTIONS] --history FILE RESULTS"
        },
        header = "Says what changed from one run to another, beyond noise.",
        description =
                "With --history, from the run that was accepted last for this host's fingerprint.",
        exitCodeList = {
            "0:nothing takes longer",
            "1:something takes longer",
            "2:no run has been accepted for this fingerprint",
            "65:a file holds no results, or too few, or is no history"
        })
final class CompareCommand implements Callable<Integer> {

    private static final int SLOWER = 1;
    private static final int NOTHING_ACCEPTED = 2;

    @Spec private CommandSpec spec;

    @Parameters(
            arity = "1..2",
            paramLabel = "RESULTS",
            description = "Two runs' results.json, the earlier first; with --history one run's.")
    private List<Path> files;

    @Option(
            names = "--history",
            paramLabel = "FILE",
            description = "The history that kvm4j bench accept wrote.")
    private Path history;

    @Option(
            names = "--threshold",
            paramLabel = "PERCENT",
            defaultValue = "0.5",
            description =
                    "The least change that matters, in percent of the whole exit. Default:"
                            + " ${DEFAULT-VALUE}.")
    private double threshold;

    @Option(
            names = "--markdown",
            paramLabel = "FILE",
            description = "Write the comparison there in Markdown, too, as for a pull request.")
    private Path markdown;

    @Option(
            names = "--html",
            paramLabel = "FILE",
            description = "Write the comparison there as a page, too.")
    private Path page;

    @Override
    public Integer call() throws IOException {
        if (!(threshold >= 0 && threshold <= 100)) { // nor what is no number
            throw new ParameterException(spec.commandLine(), "--threshold takes 0 to 100 percent");
        }
        int needed = history == null ? 2 : 1;
        if (files.size() != needed) {
            throw new ParameterException(
                    spec.commandLine(),
                    history == null
                            ? "two runs are needed, or --history and one"
                            : "with --history one run is needed, not two");
        }
        Optional<LabResults> first = ResultsArgument.read(spec, files.getFirst());
        if (first.isEmpty()) {
            return ResultsArgument.UNUSABLE;
        }
        return history == null ? compareWithSecond(first.get()) : compareWithAccepted(first.get());
    }

    private int compareWithSecond(LabResults earlier) throws IOException {
        Optional<LabResults> later = ResultsArgument.read(spec, files.getLast());
        return later.isPresent() ? compare(earlier, later.get()) : ResultsArgument.UNUSABLE;
    }

    private int compareWithAccepted(LabResults results) throws IOException {
        Baseline baseline = new Baseline(results);
        try {
            HistoryArgument.read(spec, history, baseline);
        } catch (NoSuchFileException e) {
            return nothingAccepted("there is no history yet: " + history);
        } catch (NotAHistoryException e) {
            return ResultsArgument.refuse(spec, e.getMessage());
        }
        Optional<Accepted> accepted = baseline.found();
        if (accepted.isEmpty()) {
            return nothingAccepted(baseline.absence());
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println("compared with " + accepted.get().title());
        return compare(accepted.get().results(), results);
    }

    private int nothingAccepted(String why) {
        PrintWriter messages = spec.commandLine().getErr();
        messages.println("kvm4j: nothing to compare with: " + why);
        messages.flush();
        return NOTHING_ACCEPTED;
    }

    private int compare(LabResults earlier, LabResults later) throws IOException {
        try {
            return report(earlier, later, Comparison.of(earlier, later, threshold / 100));
        } catch (IllegalArgumentException tooLittle) {
            return ResultsArgument.refuse(spec, tooLittle.getMessage());
        }
    }

    private int report(LabResults earlier, LabResults later, Comparison comparison)
            throws IOException {
        ComparisonReport report = new ComparisonReport(earlier, later, comparison);
        PrintWriter out = spec.commandLine().getOut();
        out.print(report.text());
        out.flush();
        if (markdown != null) {
            Files.writeString(markdown, report.markdown());
        }
        if (page != null) {
            Files.writeString(page, report.page());
        }
        return comparison.slower() ? SLOWER : 0;
    }
}
