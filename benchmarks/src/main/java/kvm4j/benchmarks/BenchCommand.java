package kvm4j.benchmarks;

import kvm4j.benchmarks.kind.ExitKind;
import kvm4j.benchmarks.lab.Lab;
import kvm4j.benchmarks.lab.Plan;
import kvm4j.benchmarks.report.ResultFolder;
import kvm4j.benchmarks.report.TerminalReport;
import kvm4j.benchmarks.result.LabResults;
import kvm4j.kvm.Kvm;

import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code kvm4j bench}: runs the lab and writes what it found. */
@Command(
        name = "bench",
        header = "Measures what VM exits cost on this host, and what of it is Java's.",
        exitCodeList = "0:it is measured",
        subcommands = {
            ShowCommand.class,
            CompareCommand.class,
            AcceptCommand.class,
            TrendCommand.class,
            CrowdCommand.class,
            FingerprintCommand.class
        })
public final class BenchCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Show this help.")
    private boolean help;

    @ArgGroup private Extent extent = new Extent();

    @Option(
            names = "--kind",
            paramLabel = "KIND",
            description = {
                "Measure this kind of exit only; more than once for more.",
                "One of: ${COMPLETION-CANDIDATES}."
            },
            completionCandidates = KindConverter.class,
            converter = KindConverter.class)
    private List<ExitKind> kinds = List.of();

    @Option(
            names = "--output",
            paramLabel = "FOLDER",
            defaultValue = ".",
            description =
                    "Where the results go: results.json, report.html, results.csv, and"
                            + " results-jmh.json for programs that show JMH's results. Default:"
                            + " here.")
    private Path folder;

    /** How much to measure. */
    private static final class Extent {
        @Option(names = "--quick", description = "Take less than two minutes, the default.")
        private boolean quick;

        @Option(names = "--full", description = "Take some twenty minutes, for figures to publish.")
        private boolean full;

        Plan plan(List<ExitKind> chosen) {
            if (full) {
                return Plan.full(chosen.isEmpty() ? List.of(ExitKind.values()) : chosen);
            }
            return Plan.quick(chosen.isEmpty() ? ExitKind.essential() : chosen);
        }
    }

    /** The command, for whoever has a command line. */
    public BenchCommand() {}

    /**
     * Runs the lab.
     *
     * @return 0
     * @throws IOException if the results cannot be written
     */
    @Override
    public Integer call() throws IOException {
        Kvm.open().close();
        new ResultFolder(folder).prepare();
        PrintWriter messages = spec.commandLine().getErr();
        ProgressLine progress = new ProgressLine(messages, System.console() != null);
        Lab lab = new Lab(extent.plan(kinds), progress);
        lab.cautions().forEach(caution -> messages.println("note: " + caution));
        LabResults results = lab.run();
        progress.end();
        new ResultFolder(folder).write(results);
        PrintWriter out = spec.commandLine().getOut();
        out.print(new TerminalReport(results).text());
        out.flush();
        messages.println(
                "results.json and report.html are in " + folder.toAbsolutePath().normalize());
        messages.flush();
        return 0;
    }
}
