package kvm4j.cli;

import kvm4j.boot.ImageFormat;
import kvm4j.machine.IrqchipMode;
import kvm4j.testing.Quantity;

import picocli.CommandLine;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The command {@code kvm4j}, of which all others are subcommands.
 *
 * <p>The commands describe themselves to picocli by its builders, not by its annotations: to read
 * annotations costs a JVM that has just started more than to run a guest.
 */
final class KvmCommand implements Runnable {

    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this).name("kvm4j");

    /** One that says of itself what it is called, once somebody wants to know more. */
    private record Subcommand(String name, Supplier<CommandSpec> spec) {}

    /**
     * The command line with all commands.
     *
     * @param console what guests' consoles are connected to; asked for before a command is executed
     */
    static CommandLine commandLine(Supplier<Console> console) {
        Stream<Subcommand> all = Stream.concat(subcommands(console), speakingOfOthers());
        return new KvmCommand().commandLine(console, all.toList());
    }

    /**
     * The command line with as many commands as some arguments need: to describe all takes longer
     * than to describe the one that is run.
     *
     * @param console what guests' consoles are connected to; asked for before a command is executed
     * @param arguments that it is going to execute
     */
    static CommandLine commandLineFor(Supplier<Console> console, String... arguments) {
        String first = arguments.length == 0 ? "" : arguments[0];
        return subcommands(console)
                .filter(subcommand -> subcommand.name().equals(first))
                .findFirst()
                .map(chosen -> new KvmCommand().commandLine(console, List.of(chosen)))
                .orElseGet(() -> commandLine(console));
    }

    private static Stream<Subcommand> subcommands(Supplier<Console> console) {
        return Stream.of(
                new Subcommand(RunCommand.NAME, () -> new RunCommand(console).spec()),
                new Subcommand(ExplainCommand.NAME, () -> new ExplainCommand(console).spec()),
                new Subcommand(TestCommand.NAME, () -> new TestCommand().spec()),
                new Subcommand(GuestsCommand.NAME, () -> new GuestsCommand().spec()),
                new Subcommand(DoctorCommand.NAME, () -> new DoctorCommand().spec()),
                new Subcommand(BenchCommand.NAME, () -> new BenchCommand().spec()));
    }

    private static Stream<Subcommand> speakingOfOthers() {
        return Stream.of(
                new Subcommand(CompletionCommand.NAME, () -> new CompletionCommand().spec()),
                new Subcommand(HelpCommand.NAME, () -> new HelpCommand().spec()));
    }

    private CommandLine commandLine(Supplier<Console> console, List<Subcommand> subcommands) {
        spec.usageMessage()
                .header("Runs guests on this host's KVM.")
                .exitCodeList(ExitStatus.ofGuests())
                .synopsisSubcommandLabel("COMMAND");
        spec.versionProvider(new Version())
                .addOption(
                        OptionSpec.builder("-V", "--version")
                                .versionHelp(true)
                                .description("Print the versions of kvm4j, Java and the kernel.")
                                .build());
        for (Subcommand subcommand : subcommands) {
            spec.addSubcommand(subcommand.name(), Usage.complete(subcommand.spec().get()));
        }
        ErrorReport errors = new ErrorReport();
        return new CommandLine(Usage.complete(spec))
                .setExpandAtFiles(false)
                .registerConverter(MemorySize.class, new Parsed<>(MemorySize::parse))
                .registerConverter(Path.class, new Parsed<>(FileName::parse))
                .registerConverter(Duration.class, new Parsed<>(Quantity::duration))
                .registerConverter(Unsigned.class, new Parsed<>(Unsigned::parse))
                .registerConverter(ParameterValue.class, new Parsed<>(ParameterValue::parse))
                .registerConverter(CpuList.class, new Parsed<>(CpuList::parse))
                .registerConverter(ExtraDevice.class, new Parsed<>(ExtraDevice::parse))
                .registerConverter(SerialBackend.class, new Parsed<>(SerialBackend::parse))
                .registerConverter(IrqchipMode.class, new Choice<>(IrqchipMode.class))
                .registerConverter(ImageFormat.class, new Choice<>(ImageFormat.class))
                .setColorScheme(Help.defaultColorScheme(colors()))
                .setExecutionStrategy(parsed -> execute(parsed, console))
                .setExecutionExceptionHandler(errors)
                .setParameterExceptionHandler(errors);
    }

    /** A terminal that takes no control sequences says so in its name. */
    private static Ansi colors() {
        return "dumb".equals(System.getenv("TERM")) ? Ansi.OFF : Ansi.AUTO;
    }

    /** Until the console is open another thread has Java load what native calls need. */
    private static int execute(ParseResult parsed, Supplier<Console> console) {
        try {
            console.get();
        } catch (RuntimeException failure) {
            throw new ExecutionException(parsed.commandSpec().commandLine(), "", failure);
        }
        if (Diagnostics.areWanted(parsed)) {
            Diagnostics.log();
        }
        return new RunLast().execute(parsed);
    }

    /** No command was given. */
    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "which command?");
    }
}
