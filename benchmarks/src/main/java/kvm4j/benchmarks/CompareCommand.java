package kvm4j.benchmarks;

import kvm4j.benchmarks.report.ComparisonReport;
import kvm4j.benchmarks.result.LabResults;
import kvm4j.benchmarks.statistics.Comparison;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/** {@code kvm4j bench compare}: what changed from one run to another, beyond noise. */
@Command(
        name = "compare",
        description = {
            "Says what changed from one run to another, beyond noise.",
            "Status 0: nothing takes longer. 1: something does. 65: a file holds no results."
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

    @Override
    public Integer call() {
        return ResultsArgument.read(spec, before)
                .flatMap(
                        earlier ->
                                ResultsArgument.read(spec, after)
                                        .map(later -> compare(earlier, later)))
                .orElse(ResultsArgument.UNUSABLE);
    }

    private int compare(LabResults earlier, LabResults later) {
        Comparison comparison = Comparison.of(earlier, later, threshold / 100);
        PrintWriter out = spec.commandLine().getOut();
        out.print(new ComparisonReport(earlier, later, comparison).text());
        out.flush();
        return comparison.slower() ? SLOWER : 0;
    }
}
