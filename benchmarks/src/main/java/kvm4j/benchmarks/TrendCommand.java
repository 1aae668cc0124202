package kvm4j.benchmarks;

import kvm4j.benchmarks.history.NotAHistoryException;
import kvm4j.benchmarks.report.TrendReport;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/** {@code kvm4j bench trend}: how figures went from one accepted result to the next. */
@Command(
        name = "trend",
        header =
                "Shows how figures went from one accepted result to the next, in the terminal and"
                        + " as a page.",
        exitCodeList = {"0:it is shown", "65:there is no history"})
final class TrendCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Option(
            names = "--history",
            paramLabel = "FILE",
            required = true,
            description = "The history that kvm4j bench accept wrote.")
    private Path history;

    @Option(
            names = "--output",
            paramLabel = "FILE",
            defaultValue = "trend.html",
            description = "Where the page goes. Default: ${DEFAULT-VALUE}.")
    private Path page;

    @Override
    public Integer call() throws IOException {
        TrendReport report = new TrendReport();
        try {
            HistoryArgument.read(spec, history, report);
        } catch (NoSuchFileException e) {
            return ResultsArgument.refuse(spec, "no such file: " + history);
        } catch (NotAHistoryException e) {
            return ResultsArgument.refuse(spec, e.getMessage());
        }
        report.write(page);
        PrintWriter out = spec.commandLine().getOut();
        out.print(report.text());
        out.flush();
        return 0;
    }
}
