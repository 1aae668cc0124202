package kvm4j.benchmarks;

import kvm4j.benchmarks.history.Accepted;
import kvm4j.benchmarks.history.HistoryFile;
import kvm4j.benchmarks.history.NotAHistoryException;
import kvm4j.benchmarks.result.LabResults;
import kvm4j.benchmarks.statistics.Comparison;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;

/** {@code kvm4j bench accept}: makes a run the measure of those to come. */
@Command(
        name = "accept",
        header = "Appends a run to a history.",
        description = "Later runs on hosts of the same fingerprint are compared with it.",
        exitCodeList = {
            "0:it is in the history",
            "65:a file holds no results, or too few, or is no history"
        })
final class AcceptCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "RESULTS", description = "A results.json.")
    private Path file;

    @Option(
            names = "--history",
            paramLabel = "FILE",
            required = true,
            description = "The history, which is made if there is none.")
    private Path history;

    @Option(
            names = "--label",
            paramLabel = "TEXT",
            description =
                    "What was measured, such as a version or a commit. Default: kvm4j's version in"
                            + " the results.")
    private String label;

    @Override
    public Integer call() throws IOException {
        Optional<LabResults> results = ResultsArgument.read(spec, file);
        return results.isPresent() ? accept(results.get()) : ResultsArgument.UNUSABLE;
    }

    private int accept(LabResults results) throws IOException {
        try {
            Comparison.requireForks(results);
            return append(Accepted.of(results, labelOf(results), Instant.now()));
        } catch (IllegalArgumentException | NotAHistoryException unusable) {
            return ResultsArgument.refuse(spec, unusable.getMessage());
        }
    }

    private String labelOf(LabResults results) {
        return label == null ? results.versions().getOrDefault("kvm4j", "no label") : label;
    }

    private int append(Accepted accepted) throws IOException {
        boolean appended = new HistoryFile(history).append(accepted);
        PrintWriter out = spec.commandLine().getOut();
        out.println(
                "%s %s for %s: %s"
                        .formatted(
                                appended ? "accepted" : "was accepted before:",
                                accepted.label(),
                                accepted.fingerprint(),
                                accepted.host().title()));
        out.flush();
        return 0;
    }
}
