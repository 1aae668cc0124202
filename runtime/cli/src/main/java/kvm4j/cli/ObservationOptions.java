package kvm4j.cli;

import picocli.CommandLine.Model.OptionSpec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What the user wants to see of the guest's exits. */
final class ObservationOptions {

    private final OptionSpec trace =
            OptionSpec.builder("--trace")
                    .type(boolean.class)
                    .initialValue(false)
                    .description("Print each exit on standard error.")
                    .build();

    private final OptionSpec statistics =
            OptionSpec.builder("--stats")
                    .type(boolean.class)
                    .initialValue(false)
                    .description(
                            "Count the exits, and print the counts on standard error, with the"
                                    + " kernel's own.")
                    .build();

    private final OptionSpec recording =
            OptionSpec.builder("--jfr")
                    .paramLabel("FILE")
                    .type(Path.class)
                    .description(
                            "Record exits, kicks, interrupts and the machine's life beside the"
                                    + " JVM's own events, for JDK Mission Control and jfr print.")
                    .build();

    OptionGroup group() {
        return new OptionGroup("Observation", List.of(trace, statistics, recording));
    }

    /**
     * What the user wants to see.
     *
     * @param processors how many the machine has
     * @param messages gets what is printed
     * @return to be closed by the caller
     * @throws Failure if that cannot be
     */
    List<Watch> watches(int processors, PrintWriter messages) {
        List<Watch> watches = new ArrayList<>();
        if (trace.<Boolean>getValue()) {
            watches.add(new ExitTrace(messages));
        }
        if (statistics.<Boolean>getValue()) {
            watches.add(new MachineStatistics(processors, messages));
        }
        recording().ifPresent(watches::add);
        return watches;
    }

    /**
     * A recording of the JVM with its guests, if that is wanted.
     *
     * @return the recording, to be closed by the caller
     * @throws Failure if there can be none
     */
    Optional<EventRecording> recording() {
        Path file = recording.getValue();
        if (file == null) {
            return Optional.empty();
        }
        if (ModuleLayer.boot().findModule("jdk.jfr").isEmpty()) {
            throw EventRecording.unavailable();
        }
        return Optional.of(EventRecording.to(file));
    }
}
