package kvm4j.cli;

import kvm4j.guests.Guest;
import kvm4j.machine.CrashReport;
import kvm4j.machine.Machine;
import kvm4j.machine.MachineBuilder;
import kvm4j.machine.Outcome;
import kvm4j.machine.Snapshot;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** {@code kvm4j run}: runs a guest until it ends. */
final class RunCommand implements Callable<Integer> {

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
    private final ObservationOptions observationOptions = new ObservationOptions();
    private final SnapshotOptions snapshotOptions = new SnapshotOptions();

    private final CommandSpec spec =
            CommandSpec.wrapWithoutInspection(this).name("run").addPositional(name);

    private final Console console;

    RunCommand(Console console) {
        this.console = console;
    }

    CommandSpec spec() {
        spec.usageMessage()
                .header("Runs a guest, with its console on standard input and output.")
                .description(
                        "Runs an image, or the guest that has the name, until it ends, and ends"
                                + " with its exit code. The end of the standard input reaches the"
                                + " guest as ^D; Ctrl-C ends it. If standard input is a terminal,"
                                + " each key reaches the guest at once, Ctrl-C too, and Ctrl-A x"
                                + " ends it.");
        return Usage.withGroups(
                spec,
                imageOptions.group(),
                machineOptions.group(),
                consoleOptions.group(),
                observationOptions.group(),
                snapshotOptions.group());
    }

    @Override
    public Integer call() throws IOException {
        TimeLimit limit = checked(machineOptions::timeLimit);
        int repetitions = checked(snapshotOptions::repetitions);
        try (Origin origin = limit.heed(this::origin)) {
            return repetitions > 0 ? repeat(origin, repetitions, limit) : runOnce(origin, limit);
        }
    }

    /** What the user named: a snapshot if it looks like one, else an image. */
    private Origin origin() {
        Optional<Snapshot> saved =
                Guest.find(name.getValue()).isPresent()
                        ? Optional.empty()
                        : SavedMachine.find(name.getValue(), machineOptions.kvmDevice());
        if (saved.isEmpty()) {
            return checked(this::image);
        }
        try {
            requireNoMoreThanASnapshotTakes();
            return new SnapshotOrigin(saved.get(), machineOptions, console.diagnostics());
        } catch (RuntimeException mistake) {
            saved.get().close();
            throw mistake;
        }
    }

    private void requireNoMoreThanASnapshotTakes() {
        Stream.concat(
                        imageOptions.group().options().stream(),
                        machineOptions.knownToSnapshots().stream())
                .filter(spec.commandLine().getParseResult()::hasMatchedOption)
                .findFirst()
                .ifPresent(
                        option -> {
                            throw mistake(
                                    "a snapshot has its own machine and image: drop "
                                            + option.longestName());
                        });
    }

    private Origin image() {
        checked(machineOptions::processors);
        long memorySize = machineOptions.memorySize();
        Boot boot = imageOptions.read(Image.find(name.getValue(), memorySize), memorySize);
        boot.hints().forEach(hint -> err().println("kvm4j: " + hint));
        return new ImageOrigin(name.getValue(), boot, machineOptions, console.diagnostics());
    }

    private int runOnce(Origin origin, TimeLimit limit) throws IOException {
        try (SerialLine line = limit.heed(() -> consoleOptions.open(console, err()));
                Observation observation = checked(() -> observation(origin.processors()));
                Machine machine =
                        checked(
                                () ->
                                        origin.build(
                                                builder -> connect(builder, line, observation)))) {
            return report(observation.run(line, machine));
        }
    }

    private Observation observation(int processors) {
        return new Observation(
                observationOptions.trace(err()),
                observationOptions.statistics(processors),
                snapshotOptions.request(err()),
                err());
    }

    private static void connect(MachineBuilder builder, SerialLine line, Observation observation) {
        builder.console(line.input(), observation.watch(line.output()))
                .consoleName(line.outputName());
        observation.watch(builder);
    }

    private int repeat(Origin origin, int count, TimeLimit limit) {
        try (Machine machine = checked(() -> origin.build(builder -> {}));
                Snapshot snapshot = machine.snapshot()) {
            Repetition repetition = new Repetition(snapshot, limit.duration());
            Outcome outcome = repetition.run(count);
            repetition.print(spec.commandLine().getOut());
            return report(outcome);
        }
    }

    /** Does what fails where options are wrong. */
    private <T> T checked(Supplier<T> step) {
        try {
            return step.get();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private ParameterException mistake(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private PrintWriter err() {
        return spec.commandLine().getErr();
    }

    /** Says how the guest ended, where that is not by its own will, and finds the status. */
    private int report(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Exited exited -> exited(exited);
            case Outcome.Halted halted -> ExitStatus.OK.code();
            case Outcome.PoweredOff off -> ExitStatus.OK.code();
            case Outcome.Reset reset -> ended(ExitStatus.RESET, reset);
            case Outcome.Panicked panic -> ended(ExitStatus.PANICKED, panic);
            case Outcome.TripleFault fault ->
                    failed(ExitStatus.TRIPLE_FAULT, fault, fault.report());
            case Outcome.InternalError error ->
                    failed(ExitStatus.INTERNAL_ERROR, error, error.report());
            case Outcome.FailedEntry entry ->
                    failed(ExitStatus.FAILED_ENTRY, entry, entry.report());
            case Outcome.TimeLimitReached limit -> ended(ExitStatus.TIME_LIMIT, limit);
            case Outcome.Stopped stopped -> ended(ExitStatus.INTERRUPTED, stopped);
            case Outcome.HostError error ->
                    throw new Failure(ExitStatus.HOST_ERROR, error.describe(), error.cause());
        };
    }

    /** A status has the low byte alone, and 0 is for guests that ended well. */
    private int exited(Outcome.Exited exited) {
        int status = exited.code() & 0xff;
        return status == 0 && exited.code() != 0 ? ended(ExitStatus.WIDE_CODE, exited) : status;
    }

    private int failed(ExitStatus status, Outcome outcome, CrashReport crash) {
        int code = ended(status, outcome);
        err().print(crash.describe().indent(2));
        err().flush();
        return code;
    }

    private int ended(ExitStatus status, Outcome outcome) {
        Message.tell(err(), outcome.describe());
        return status.code();
    }
}
