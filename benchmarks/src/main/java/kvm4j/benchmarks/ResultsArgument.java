package kvm4j.benchmarks;

import kvm4j.benchmarks.result.LabResults;
import kvm4j.benchmarks.result.ResultsFile;
import kvm4j.text.Printable;

import picocli.CommandLine.Model.CommandSpec;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** A file of results named on the command line. */
final class ResultsArgument {

    /** The exit status if a file cannot be used. */
    static final int UNUSABLE = 65;

    private ResultsArgument() {}

    /** Reads a file, or says on the error output why not. */
    static Optional<LabResults> read(CommandSpec spec, Path file) {
        try {
            return Optional.of(ResultsFile.read(file));
        } catch (NoSuchFileException e) {
            return complain(spec, "no such file: " + file);
        } catch (IOException e) {
            return complain(spec, e.getMessage());
        }
    }

    private static Optional<LabResults> complain(CommandSpec spec, String message) {
        refuse(spec, message);
        return Optional.empty();
    }

    /** Says on the error output why files are of no use; answers the exit status. */
    static int refuse(CommandSpec spec, String message) {
        spec.commandLine().getErr().println("kvm4j: " + Printable.of(message));
        spec.commandLine().getErr().flush();
        return UNUSABLE;
    }
}
