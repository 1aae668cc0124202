package kvm4j.cli;

import kvm4j.boot.ImageFormat;
import kvm4j.machine.IrqchipMode;
import kvm4j.testing.Quantity;

import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;

import java.time.Duration;

/**
 * The command {@code kvm4j}, of which all others are subcommands.
 *
 * <p>The commands describe themselves to picocli by its builders, not by its annotations: to read
 * annotations costs a JVM that has just started more than to run a guest.
 */
final class KvmCommand implements Runnable {

    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this).name("kvm4j");

    /**
     * The command line.
     *
     * @param console what guests' consoles are connected to
     */
    static CommandLine commandLine(Console console) {
        return new KvmCommand()
                .commandLine(
                        new RunCommand(console).spec(),
                        new ExplainCommand(console).spec(),
                        new TestCommand().spec(),
                        new GuestsCommand().spec(),
                        new DoctorCommand().spec(),
                        new BenchCommand().spec(),
                        new CompletionCommand().spec(),
                        new HelpCommand().spec());
    }

    private CommandLine commandLine(CommandSpec... commands) {
        spec.usageMessage()
                .header("Runs guests on this host's KVM.")
                .synopsisSubcommandLabel("COMMAND");
        spec.versionProvider(new Version())
                .addOption(
                        OptionSpec.builder("-V", "--version")
                                .versionHelp(true)
                                .description("Print the versions of kvm4j, Java and the kernel.")
                                .build());
        for (CommandSpec command : commands) {
            spec.addSubcommand(command.name(), Usage.complete(command));
        }
        ErrorReport errors = new ErrorReport();
        return new CommandLine(Usage.complete(spec))
                .setExpandAtFiles(false)
                .registerConverter(MemorySize.class, new Parsed<>(MemorySize::parse))
                .registerConverter(Duration.class, new Parsed<>(Quantity::duration))
                .registerConverter(Unsigned.class, new Parsed<>(Unsigned::parse))
                .registerConverter(ParameterValue.class, new Parsed<>(ParameterValue::parse))
                .registerConverter(CpuList.class, new Parsed<>(CpuList::parse))
                .registerConverter(ExtraDevice.class, new Parsed<>(ExtraDevice::parse))
                .registerConverter(SerialBackend.class, new Parsed<>(SerialBackend::parse))
                .registerConverter(IrqchipMode.class, new Choice<>(IrqchipMode.class))
                .registerConverter(ImageFormat.class, new Choice<>(ImageFormat.class))
                .setColorScheme(Help.defaultColorScheme(colors()))
                .setExecutionStrategy(KvmCommand::execute)
                .setExecutionExceptionHandler(errors)
                .setParameterExceptionHandler(errors);
    }

    /** A terminal that takes no control sequences says so in its name. */
    private static Ansi colors() {
        return "dumb".equals(System.getenv("TERM")) ? Ansi.OFF : Ansi.AUTO;
    }

    private static int execute(ParseResult parsed) {
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
