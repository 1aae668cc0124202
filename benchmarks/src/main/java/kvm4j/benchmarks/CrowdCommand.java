package kvm4j.benchmarks;

import kvm4j.benchmarks.crowd.CrowdMeasurement;
import kvm4j.benchmarks.lab.TemporaryFolder;
import kvm4j.benchmarks.report.CrowdTable;
import kvm4j.benchmarks.report.ResultFolder;
import kvm4j.benchmarks.result.CrowdRow;
import kvm4j.benchmarks.result.LabResults;
import kvm4j.kvm.Kvm;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

/** {@code kvm4j bench crowd}: what many machines take that are alive at once. */
@Command(
        name = "crowd",
        header = "Starts many machines whose guests sleep, and prints what each takes.",
        description =
                "That is memory, threads, descriptors, and the time to start, to stop and to close"
                        + " all. Beside it a program in C with as many, and QEMU's microvm with up"
                        + " to 20.",
        exitCodeList = {"0:it is measured", "65:the folder of --output has no results"})
final class CrowdCommand implements Callable<Integer> {

    private static final int MOST = 100_000;

    @Spec private CommandSpec spec;

    @Option(
            names = "--machines",
            paramLabel = "COUNT",
            defaultValue = "1000",
            description = "How many. Default: 1000.")
    private int machines;

    @Option(
            names = "--memory",
            paramLabel = "MIB",
            defaultValue = "16",
            description = "How much memory each has, in MiB. Default: 16.")
    private int mebibytes;

    @Option(
            names = "--output",
            paramLabel = "FOLDER",
            description =
                    "A folder with the results of kvm4j bench, whose report.html and results.json"
                            + " get the table too, in place of one that they have.")
    private Path results;

    @Override
    public Integer call() throws IOException {
        require("--machines", machines, 1, MOST);
        require("--memory", mebibytes, 2, 1 << 20);
        if (results == null) {
            measure();
            return 0;
        }
        Optional<LabResults> before = ResultsArgument.read(spec, results.resolve("results.json"));
        return before.isPresent() ? addTo(before.get()) : ResultsArgument.UNUSABLE;
    }

    private int addTo(LabResults before) throws IOException {
        ResultFolder folder = new ResultFolder(results);
        folder.prepare();
        folder.write(before.withCrowds(measure()));
        return 0;
    }

    private List<CrowdRow> measure() throws IOException {
        Kvm.open().close();
        try (TemporaryFolder folder = TemporaryFolder.create()) {
            var measurement = new CrowdMeasurement(machines, (long) mebibytes << 20, folder.path());
            List<CrowdRow> crowds = measurement.measure();
            PrintWriter out = spec.commandLine().getOut();
            out.print(CrowdTable.text(crowds));
            measurement.omissions().forEach(out::println);
            out.flush();
            return crowds;
        }
    }

    private void require(String option, int value, int least, int most) {
        if (value < least || value > most) {
            throw new ParameterException(
                    spec.commandLine(), option + " takes " + least + " to " + most);
        }
    }
}
