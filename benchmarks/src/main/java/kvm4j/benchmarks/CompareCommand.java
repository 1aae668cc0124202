package kvm4j.benchmarks;

import kvm4j.benchmarks.report.ComparisonReport;
import kvm4j.benchmarks.result.LabResults;
import kvm4j.benchmarks.statistics.Comparison;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;

/** {@code kvm4j bench compare}: what changed from one run to another, beyond noise. */
@Command(
        name = "compare",
        description = {
            "Says what changed from one run to another, beyond noise.",
            "Status 0: nothing takes longer. 1: something does. 65: a file holds no results, or"
                    + " too few."
        })
final class CompareCommand implements Callable<Integer> {

    private static final int SLOWER = 1;

    @Spec private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "BEFORE", description = "The first run's results.json.")
    private Path before;

    @Parameters(index = "1", paramLabel = "AFTER", description = "The second run's results.json.")
    private Path after;

    @Option(
            names = "--threshold",
            paramLabel = "PERCENT",
            defaultValue = "0.5",
            description =
                    "The least change that matters, in percent of the whole exit; default:"
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
        Optional<LabResults> earlier = ResultsArgument.read(spec, before);
        if (earlier.isEmpty()) {
            return ResultsArgument.UNUSABLE;
        }
        Optional<LabResults> later = ResultsArgument.read(spec, after);
        if (later.isEmpty()) {
            return ResultsArgument.UNUSABLE;
        }
        try {
            return compare(earlier.get(), later.get());
        } catch (IllegalArgumentException tooLittle) {
            return ResultsArgument.refuse(spec, tooLittle.getMessage());
        }
    }

    private int compare(LabResults earlier, LabResults later) throws IOException {
        Comparison comparison = Comparison.of(earlier, later, threshold / 100);
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
