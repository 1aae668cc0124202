package kvm4j.cli;

import kvm4j.guests.Guest;
import kvm4j.machine.Machine;
import kvm4j.machine.MachineBuilder;
import kvm4j.machine.Snapshot;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** One guest, as a command line names it: which, on what machine, connected to what. */
final class GuestRun {

    private final PositionalParamSpec name =
            PositionalParamSpec.builder()
                    .paramLabel("IMAGE")
                    .type(String.class)
                    .required(true)
                    .index("0")
                    .description(
                            "A guest's name (see: kvm4j guests), or else a file: an ELF executable;"
                                    + " a multiboot, PVH or Linux kernel; firmware; or bare code"
                                    + " for real mode; or a snapshot. Write ./NAME for a file that"
                                    + " has a guest's name.")
                    .build();

    private final MachineOptions machineOptions = new MachineOptions();
    private final ImageOptions imageOptions = new ImageOptions();
    private final ConsoleOptions consoleOptions = new ConsoleOptions();
    private final CommandSpec spec;
    private final Supplier<Console> console;
    private MessageDeadline deadline;

    /**
     * A guest that a command's arguments name.
     *
     * @param spec the command's, which gets the argument; the options are {@link #options()}
     * @param console the standard streams, asked for when the guest is run
     */
    GuestRun(CommandSpec spec, Supplier<Console> console) {
        this.spec = spec.addPositional(name);
        this.console = console;
    }

    List<OptionGroup> options() {
        return List.of(imageOptions.group(), machineOptions.group(), consoleOptions.group());
    }

    /** What the user wrote. */
    String name() {
        return name.getValue();
    }

    /** The KVM that runs it. */
    Path kvmDevice() {
        return machineOptions.kvmDevice();
    }

    /** How long it may take, the opening of its files included; from now on messages heed it. */
    TimeLimit startTimeLimit() {
        TimeLimit limit = checked(machineOptions::timeLimit);
        deadline = new MessageDeadline(console.get().diagnostics());
        limit.duration().ifPresent(deadline::set);
        return limit;
    }

    /** What the user named: a snapshot if it looks like one, else an image. */
    Origin origin() {
        Optional<Snapshot> saved =
                Guest.find(name()).isPresent()
                        ? Optional.empty()
                        : SavedMachine.find(name(), machineOptions.kvmDevice());
        if (saved.isEmpty()) {
            Origin image = checked(this::image);
            requireFilesApart(false);
            return image;
        }
        try {
            requireNoMoreThanASnapshotTakes();
            requireFilesApart(true);
            return new SnapshotOrigin(
                    saved.get(), machineOptions, console.get().guestDiagnostics());
        } catch (RuntimeException mistake) {
            saved.get().close();
            throw mistake;
        }
    }

    private void requireFilesApart(boolean isSnapshot) {
        ParseResult parsed = spec.commandLine().getParseResult();
        WrittenFiles all = WrittenFiles.of(parsed);
        WrittenFiles written = isSnapshot ? all.withoutSnapshot() : all;
        checked(
                () -> {
                    written.requireApart(parsed, Guest.find(name()).isPresent() ? "" : name());
                    return null;
                });
    }

    private void requireNoMoreThanASnapshotTakes() {
        Stream.concat(
                        imageOptions.group().options().stream(),
                        machineOptions.knownToSnapshots().stream())
                .filter(spec.commandLine().getParseResult()::hasMatchedOption)
                .findFirst()
                .ifPresent(
                        option -> {
                            throw new ParameterException(
                                    spec.commandLine(),
                                    "a snapshot has its own machine and image: drop "
                                            + option.longestName());
                        });
    }

    private Origin image() {
        checked(machineOptions::processors);
        long memorySize = machineOptions.memorySize();
        Boot boot = imageOptions.read(Image.find(name(), memorySize), memorySize);
        boot.hints().forEach(hint -> err().println("kvm4j: " + hint));
        return new ImageOrigin(name(), boot, machineOptions, console.get().guestDiagnostics());
    }

    /**
     * Runs it until it ends.
     *
     * @param limit what the opening of its console heeds too
     * @param watch makes what watches it, closed when the machine is
     * @return the status to end with
     */
    int run(Origin origin, TimeLimit limit, Supplier<Observation> watch) throws IOException {
        limit.duration().ifPresent(deadline::set);
        try (SerialLine line = limit.heed(() -> consoleOptions.open(console.get(), err()));
                Observation observation = checked(watch);
                Machine machine =
                        checked(
                                () ->
                                        origin.build(
                                                builder -> connect(builder, line, observation)))) {
            return new OutcomeReport(err()).of(observation.run(line, machine));
        }
    }

    /** Who reads what a guest printed, page by page, has all the time that its user has. */
    private static void connect(MachineBuilder builder, SerialLine line, Observation observation) {
        builder.console(line.input(), observation.watch(line.output()))
                .consoleName(line.outputName())
                .outputPatience(ChronoUnit.FOREVER.getDuration());
        observation.watch(builder);
    }

    /** Does what fails where options are wrong. */
    <T> T checked(Supplier<T> step) {
        try {
            return step.get();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private PrintWriter err() {
        return spec.commandLine().getErr();
    }
}
