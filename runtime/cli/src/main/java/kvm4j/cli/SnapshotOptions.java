package kvm4j.cli;

import kvm4j.snapshot.SnapshotFile;

import picocli.CommandLine.Model.OptionSpec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What is to be saved of a guest, and how often it is to be run. */
final class SnapshotOptions {

    private final OptionSpec moment =
            OptionSpec.builder("--snapshot-at")
                    .arity("2")
                    .paramLabel("WHEN FILE")
                    .hideParamSyntax(true)
                    .type(List.class)
                    .auxiliaryTypes(String.class)
                    .initialValue(List.of())
                    .description(
                            "Save the guest, which goes on, to a file that kvm4j run starts it from"
                                    + " again. WHEN: "
                                    + SnapshotMoment.NAMES
                                    + ", which it prints.")
                    .build();

    private final OptionSpec repetitions =
            OptionSpec.builder("--repeat")
                    .paramLabel("N")
                    .type(Integer.class)
                    .description(
                            "Run the guest N times from a snapshot of its beginning, without its"
                                    + " output, and print how long that takes.")
                    .build();

    OptionGroup group() {
        return new OptionGroup("Snapshots", List.of(moment, repetitions));
    }

    /**
     * The snapshot that is wanted.
     *
     * @throws IllegalArgumentException if there is no such moment
     * @throws Failure if there can be no such file
     */
    Optional<SnapshotRequest> request(PrintWriter messages) {
        List<String> values = moment.getValue();
        if (values.isEmpty()) {
            return Optional.empty();
        }
        SnapshotMoment when = SnapshotMoment.parse(values.get(0));
        Path file = Path.of(values.get(1));
        requirePlace(file);
        return Optional.of(new SnapshotRequest(when, file, messages));
    }

    /** Before the guest runs, which is not to be repeated for a mistake in a name. */
    private static void requirePlace(Path file) {
        try {
            SnapshotFile.place(file);
        } catch (IOException e) {
            throw new Failure(
                    ExitStatus.CANNOT_CREATE, "cannot write a snapshot: " + e.getMessage(), e);
        }
    }

    /**
     * How often to run the guest.
     *
     * @return 0 for once, with its output
     * @throws IllegalArgumentException if it is less
     */
    int repetitions() {
        Integer count = repetitions.getValue();
        if (count == null) {
            return 0;
        }
        if (count < 1) {
            throw new IllegalArgumentException("a guest cannot run " + count + " times");
        }
        return count;
    }
}
