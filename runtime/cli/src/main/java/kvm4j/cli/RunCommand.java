package kvm4j.cli;

import kvm4j.boot.BootImage;
import kvm4j.boot.FlatImage;
import kvm4j.boot.ImageException;
import kvm4j.boot.ImageFormat;
import kvm4j.machine.CrashReport;
import kvm4j.machine.Machine;
import kvm4j.machine.MachineBuilder;
import kvm4j.machine.Outcome;
import kvm4j.memory.GuestAddressException;
import kvm4j.memory.GuestMemory;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;

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

    private final OptionSpec memory =
            OptionSpec.builder("-m", "--memory")
                    .paramLabel("SIZE")
                    .type(MemorySize.class)
                    .defaultValue("64M")
                    .description(
                            "The guest's memory: bytes, or with a unit K, M, G, T. Default: 64M.")
                    .build();

    private final OptionSpec timeLimit =
            OptionSpec.builder("-t", "--timeout")
                    .paramLabel("TIME")
                    .type(Duration.class)
                    .description("End the guest after this time: 2s, 500ms, 1.5m.")
                    .build();

    private final OptionSpec parameters =
            OptionSpec.builder("-p", "--param")
                    .paramLabel("NAME=N")
                    .type(Map.class)
                    .auxiliaryTypes(String.class, Unsigned.class)
                    .initialValue(Map.of())
                    .description(
                            "Set a parameter of the guest (see: kvm4j guests), or a 64-bit word of"
                                    + " its parameter block by number.")
                    .build();

    private final OptionSpec loadAddress =
            OptionSpec.builder("--load-address")
                    .paramLabel("GPA")
                    .type(Unsigned.class)
                    .description("Where to load and enter bare code. Default: 0x1000.")
                    .build();

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
                    .description("Count the exits, and print the counts on standard error.")
                    .build();

    private final OptionSpec kvmDevice = Usage.kvmDevice();

    private final CommandSpec spec =
            CommandSpec.wrapWithoutInspection(this)
                    .name("run")
                    .addPositional(name)
                    .addOption(memory)
                    .addOption(timeLimit)
                    .addOption(parameters)
                    .addOption(loadAddress)
                    .addOption(trace)
                    .addOption(statistics)
                    .addOption(kvmDevice);

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
                                + " guest as ^D; Ctrl-C ends it.");
        return spec;
    }

    @Override
    public Integer call() throws IOException {
        ExitStatistics exits = new ExitStatistics();
        try (Machine machine = build(exits)) {
            long start = System.nanoTime();
            Outcome outcome = InterruptibleRun.of(machine, console.input());
            Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
            if (statistics.<Boolean>getValue()) {
                exits.print(elapsed, spec.commandLine().getErr());
            }
            return report(outcome);
        }
    }

    private Machine build(ExitStatistics exits) {
        long memorySize = memorySize();
        Image image = Image.find(name.getValue(), memorySize);
        try {
            MachineBuilder builder =
                    Machine.builder()
                            .kvm(kvmDevice.getValue())
                            .memory(memorySize)
                            .image(read(image))
                            .prepare(GuestParameters.of(parameters.getValue(), image.guest()))
                            .console(new EndOfTransmission(console.input()), console.output());
            if (timeLimit.getValue() != null) {
                builder.timeLimit(timeLimit.getValue());
            }
            if (trace.<Boolean>getValue()) {
                builder.observer(new ExitTrace(spec.commandLine().getErr()));
            }
            if (statistics.<Boolean>getValue()) {
                builder.observer(exits);
            }
            return builder.build();
        } catch (ImageException e) {
            throw new Failure(ExitStatus.BAD_IMAGE, image.name() + ": " + e.getMessage(), e);
        } catch (GuestAddressException e) {
            throw usage("the guest's memory does not reach to its parameters");
        } catch (IllegalArgumentException e) {
            throw usage(e.getMessage());
        }
    }

    private long memorySize() {
        MemorySize size = memory.getValue();
        long bytes = size.bytes();
        if (bytes < GuestMemory.PAGE_SIZE
                || bytes > GuestMemory.MAXIMUM_SIZE
                || bytes % GuestMemory.PAGE_SIZE != 0) {
            throw usage(
                    "a guest cannot have %s of memory: it takes a multiple of %s, up to %s"
                            .formatted(
                                    size,
                                    new MemorySize(GuestMemory.PAGE_SIZE),
                                    new MemorySize(GuestMemory.MAXIMUM_SIZE)));
        }
        return bytes;
    }

    private BootImage read(Image image) {
        ImageFormat format = ImageFormat.of(image.bytes());
        if (loadAddress.getValue() == null) {
            return format.read(image.bytes());
        }
        if (format != ImageFormat.FLAT) {
            throw usage("only bare code is loaded where you like: drop --load-address");
        }
        return new FlatImage(image.bytes(), loadAddress.<Unsigned>getValue().value());
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    /** Says how the guest ended, where that is not by its own will, and finds the status. */
    private int report(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Exited exited -> exited.code() & 0xff;
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

    private int failed(ExitStatus status, Outcome outcome, CrashReport crash) {
        int code = ended(status, outcome);
        spec.commandLine().getErr().print(crash.describe().indent(2));
        spec.commandLine().getErr().flush();
        return code;
    }

    private int ended(ExitStatus status, Outcome outcome) {
        PrintWriter err = spec.commandLine().getErr();
        err.println("kvm4j: " + outcome.describe());
        err.flush();
        return status.code();
    }
}
