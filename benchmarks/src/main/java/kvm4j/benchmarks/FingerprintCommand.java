package kvm4j.benchmarks;

import kvm4j.benchmarks.host.Fingerprint;
import kvm4j.benchmarks.host.HostFiles;
import kvm4j.benchmarks.result.LabResults;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;

/** {@code kvm4j bench fingerprint}: which hosts a run may be compared with. */
@Command(
        name = "fingerprint",
        header = "Prints the fingerprint of this host, or of the one that a run was measured on.",
        description =
                "A short name on the first line, and below it what it is made of. Runs are compared"
                        + " with those accepted for the same fingerprint.",
        exitCodeList = {"0:it is printed", "65:the file holds no results"})
final class FingerprintCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Parameters(
            arity = "0..1",
            paramLabel = "RESULTS",
            description = "A results.json; without one, this host.")
    private Path file;

    @Override
    public Integer call() {
        if (file == null) {
            return print(Fingerprint.of(HostFiles.ofThisHost()));
        }
        Optional<LabResults> results = ResultsArgument.read(spec, file);
        return results.isPresent()
                ? print(Fingerprint.of(results.get().host()))
                : ResultsArgument.UNUSABLE;
    }

    private int print(Fingerprint fingerprint) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(fingerprint.id());
        fingerprint.facts().forEach((name, value) -> out.println(name + ": " + value));
        out.flush();
        return 0;
    }
}
