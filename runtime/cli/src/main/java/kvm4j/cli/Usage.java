package kvm4j.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

import java.nio.file.Path;

/** What all commands have in common on the command line and in their help. */
final class Usage {

    private Usage() {}

    /** Adds the common options and headings to a command that has its own. */
    static CommandSpec complete(CommandSpec command) {
        command.usageMessage()
                .autoWidth(true)
                .synopsisHeading("%nUsage: ")
                .descriptionHeading("%n")
                .parameterListHeading("%n")
                .optionListHeading("%nOptions:%n")
                .commandListHeading("%nCommands:%n")
                .exitCodeListHeading("%nExit status:%n")
                .exitCodeList(ExitStatus.descriptions());
        return command.addOption(
                        OptionSpec.builder("-h", "--help")
                                .usageHelp(true)
                                .description("Show this help.")
                                .build())
                .addOption(
                        OptionSpec.builder(Diagnostics.OPTION)
                                .description("Log what is done; print errors' stack traces.")
                                .build());
    }

    /** The option that names the KVM device, for a command that uses it. */
    static OptionSpec kvmDevice() {
        return OptionSpec.builder("--kvm-device")
                .paramLabel("NODE")
                .type(Path.class)
                .defaultValue("${env:KVM4J_DEVICE:-/dev/kvm}")
                .description("The KVM device. Default: $KVM4J_DEVICE, or /dev/kvm.")
                .build();
    }
}
