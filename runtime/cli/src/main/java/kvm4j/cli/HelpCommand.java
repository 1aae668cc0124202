package kvm4j.cli;

import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

import java.util.List;

/** {@code kvm4j help}: what {@code --help} shows, for those who ask by a command. */
final class HelpCommand implements Runnable {

    static final String NAME = "help";

    private final PositionalParamSpec command =
            PositionalParamSpec.builder()
                    .paramLabel("COMMAND")
                    .type(String.class)
                    .index("0")
                    .arity("0..1")
                    .description("The command to be explained; kvm4j itself without one.")
                    .build();

    private final CommandSpec spec =
            CommandSpec.wrapWithoutInspection(this).name(NAME).addPositional(command);

    CommandSpec spec() {
        spec.usageMessage()
                .header("Shows the help of a command.")
                .exitCodeList(ExitStatus.of("it is shown"));
        return spec;
    }

    @Override
    public void run() {
        explained().usage(spec.commandLine().getOut());
    }

    /**
     * The command that is asked about.
     *
     * @throws ParameterException if there is none of that name
     */
    private CommandLine explained() {
        CommandLine all = spec.parent().commandLine();
        String name = command.getValue();
        if (name == null) {
            return all;
        }
        CommandLine found = all.getSubcommands().get(name);
        if (found == null) {
            throw new UnmatchedArgumentException(all, List.of(name));
        }
        return found;
    }
}
