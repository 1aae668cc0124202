package kvm4j.cli;

import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** {@code kvm4j completion}: a script by which a shell completes what users type. */
final class CompletionCommand implements Runnable {

    static final String NAME = "completion";

    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this).name(NAME);

    CommandSpec spec() {
        spec.usageMessage()
                .header("Prints a script that completes commands and options in bash and zsh.")
                .exitCodeList(ExitStatus.of("it is printed"))
                .description("To use it at once: source <(kvm4j completion)");
        return spec;
    }

    @Override
    public void run() {
        CommandLine all = spec.parent().commandLine();
        all.getOut().print(AutoComplete.bash(all.getCommandName(), all));
        all.getOut().flush();
    }
}
