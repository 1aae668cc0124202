package kvm4j.cli;

import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_OPTION_LIST;
import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_OPTION_LIST_HEADING;

import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What all commands have in common on the command line and in their help. */
final class Usage {

    private Usage() {}

    /** Adds the common options and headings to a command that has its own. */
    static CommandSpec complete(CommandSpec command) {
        UsageMessageSpec usage = command.usageMessage();
        usage.descriptionHeading(usage.description().length == 0 ? "" : "%n");
        usage.autoWidth(true)
                .synopsisHeading("%nUsage: ")
                .parameterListHeading("%n")
                .optionListHeading("%nOptions:%n")
                .commandListHeading("%nCommands:%n")
                .exitCodeListHeading("%nExit status:%n");
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

    /** Adds options to a command whose help lists them in groups: a guest's, and its own. */
    static CommandSpec withGroups(
            CommandSpec command, List<OptionGroup> guest, OptionGroup... own) {
        List<OptionGroup> groups = new ArrayList<>(guest);
        groups.addAll(List.of(own));
        return withGroups(command, groups.toArray(OptionGroup[]::new));
    }

    /** Adds options to a command whose help lists them in groups. */
    static CommandSpec withGroups(CommandSpec command, OptionGroup... groups) {
        for (OptionGroup group : groups) {
            group.options().forEach(command::addOption);
        }
        var sections = command.usageMessage().abbreviateSynopsis(true).sectionMap();
        sections.put(SECTION_KEY_OPTION_LIST_HEADING, help -> "");
        sections.put(SECTION_KEY_OPTION_LIST, help -> listGroups(help, groups));
        return command;
    }

    private static String listGroups(Help help, OptionGroup[] groups) {
        List<OptionSpec> others = new ArrayList<>(help.commandSpec().options());
        StringBuilder text = new StringBuilder();
        for (OptionGroup group : groups) {
            others.removeAll(group.options());
            text.append(listGroup(help, group));
        }
        return text.append(listGroup(help, new OptionGroup("Help", others))).toString();
    }

    /** Columns are as wide as all options need, so that the groups' stand below each other. */
    private static String listGroup(Help help, OptionGroup group) {
        Help.Layout layout =
                help.createDefaultLayout(
                        help.commandSpec().options(), List.of(), help.colorScheme());
        String options =
                help.optionListExcludingGroups(
                        group.options(), layout, null, help.parameterLabelRenderer());
        return help.createHeading("%n" + group.heading() + ":%n") + options;
    }

    /** The option that names the KVM device, for a command that uses it. */
    static OptionSpec kvmDevice() {
        String chosen = System.getenv("KVM4J_DEVICE");
        boolean isChosen = chosen != null && !chosen.isEmpty();
        return OptionSpec.builder("--kvm-device")
                .paramLabel("NODE")
                .type(Path.class)
                .defaultValue(isChosen ? chosen.replace("$", "$$") : "/dev/kvm")
                .description("The KVM device. Default: $KVM4J_DEVICE, or /dev/kvm.")
                .build();
    }

    /** An option without a value. */
    static OptionSpec flag(String name, String description) {
        return OptionSpec.builder(name)
                .type(boolean.class)
                .initialValue(false)
                .description(description)
                .build();
    }
}
