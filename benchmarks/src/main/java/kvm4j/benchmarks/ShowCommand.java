package kvm4j.benchmarks;

import kvm4j.benchmarks.report.TerminalReport;
import kvm4j.benchmarks.result.LabResults;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/** {@code kvm4j bench show}: results in the terminal. */
@Command(name = "show", description = "Shows the results of a run in the terminal.")
final class ShowCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "RESULTS", description = "A results.json.")
    private Path file;

    @Override
    public Integer call() {
        return ResultsArgument.read(spec, file).map(this::show).orElse(ResultsArgument.UNUSABLE);
    }

    private int show(LabResults results) {
        PrintWriter out = spec.commandLine().getOut();
        out.print(new TerminalReport(results).text());
        out.flush();
        return 0;
    }
}
