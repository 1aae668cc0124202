package kvm4j.cli;

import kvm4j.boot.ImageException;
import kvm4j.machine.CrashReport;
import kvm4j.machine.Machine;
import kvm4j.machine.MachineBuilder;
import kvm4j.machine.Outcome;
import kvm4j.memory.GuestAddressException;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;

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
                                    + " for real mode. Write ./NAME for a file that has a guest's"
                                    + " name.")
                    .build();

    private final MachineOptions machineOptions = new MachineOptions();
    private final ImageOptions imageOptions = new ImageOptions();
    private final ConsoleOptions consoleOptions = new ConsoleOptions();
    private final ObservationOptions observationOptions = new ObservationOptions();

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
                observationOptions.group());
    }

    @Override
    public Integer call() throws IOException {
        int processors = checked(machineOptions::processors);
        TimeLimit limit = checked(machineOptions::timeLimit);
        Boot boot = checked(() -> limit.heed(this::read));
        boot.hints().forEach(hint -> err().println("kvm4j: " + hint));
        try (SerialLine line = limit.heed(() -> consoleOptions.open(console, err()))) {
            MachineBuilder builder =
                    Machine.builder()
                            .console(line.input(), line.output())
                            .consoleName(line.outputName());
            Optional<MachineStatistics> statistics =
                    observationOptions.applyTo(builder, processors, err());
            try (var _ = statistics.orElse(null);
                    Machine machine = checked(() -> build(builder, boot))) {
                return report(run(line, machine, statistics));
            }
        }
    }

    private Outcome run(SerialLine line, Machine machine, Optional<MachineStatistics> statistics)
            throws IOException {
        if (statistics.isEmpty()) {
            return line.run(machine);
        }
        try (var _ = StatisticsAtTheEnd.of(statistics.get(), machine, err())) {
            return line.run(machine);
        }
    }

    private Boot read() {
        long memorySize = machineOptions.memorySize();
        return imageOptions.read(Image.find(name.getValue(), memorySize), memorySize);
    }

    private Machine build(MachineBuilder builder, Boot boot) {
        try {
            boot.applyTo(builder);
            machineOptions.applyTo(builder, boot, console.diagnostics());
            return builder.build();
        } catch (ImageException e) {
            throw new Failure(ExitStatus.BAD_IMAGE, name.getValue() + ": " + e.getMessage(), e);
        } catch (GuestAddressException e) {
            throw new IllegalArgumentException(
                    "the guest's memory does not reach to its parameters", e);
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
