package kvm4j.benchmarks;

import kvm4j.benchmarks.report.ResultFolder;
import kvm4j.benchmarks.report.TerminalReport;
import kvm4j.benchmarks.result.LabResults;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;

/** {@code kvm4j bench show}: results in the terminal. */
@Command(
        name = "show",
        header = "Shows the results of a run in the terminal.",
        exitCodeList = {"0:they are shown", "65:the file holds no results"})
final class ShowCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "RESULTS", description = "A results.json.")
    private Path file;

    @Option(
            names = "--output",
            paramLabel = "FOLDER",
            description = "Write them there, too, in all the forms that bench gives them.")
    private Path folder;

    @Override
    public Integer call() throws IOException {
        Optional<LabResults> results = ResultsArgument.read(spec, file);
        return results.isPresent() ? show(results.get()) : ResultsArgument.UNUSABLE;
    }

    private int show(LabResults results) throws IOException {
        if (folder != null) {
            new ResultFolder(folder).write(results);
        }
        PrintWriter out = spec.commandLine().getOut();
        out.print(new TerminalReport(results).text());
        out.flush();
        return 0;
    }
}
