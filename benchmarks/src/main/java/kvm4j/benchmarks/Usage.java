package kvm4j.benchmarks;

import picocli.CommandLine;
import picocli.CommandLine.Model.UsageMessageSpec;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** What the help of all commands has in common, with each other and with kvm4j's. */
final class Usage {

    /** What every command may end with. */
    private static final Map<Integer, String> FAILURES =
            Map.of(
                    Main.USAGE, "the command line is wrong",
                    Main.UNAVAILABLE, "this host cannot run guests: no KVM, or no JDK",
                    Main.SOFTWARE, "an error in kvm4j itself, or in its build",
                    Main.CANNOT_CREATE, "a file cannot be written",
                    Main.NO_PERMISSION, "no permission, for the KVM device or a file",
                    Main.HOST_ERROR, "the host failed: standard output cannot be written");

    private Usage() {}

    /**
     * Adds headings and exit statuses to those of a command and its subcommands.
     *
     * @return the command
     */
    static CommandLine complete(CommandLine command) {
        UsageMessageSpec usage = command.getCommandSpec().usageMessage();
        usage.autoWidth(true)
                .synopsisHeading("%nUsage: ")
                .descriptionHeading(usage.description().length == 0 ? "" : "%n")
                .parameterListHeading(
                        command.getCommandSpec().positionalParameters().isEmpty() ? "" : "%n")
                .optionListHeading("%nOptions:%n")
                .commandListHeading("%nCommands:%n")
                .exitCodeListHeading("%nExit status:%n")
                .exitCodeList(statuses(usage.exitCodeList()));
        command.getSubcommands().values().forEach(Usage::complete);
        return command;
    }

    private static Map<String, String> statuses(Map<String, String> own) {
        Map<Integer, String> all = new TreeMap<>(FAILURES);
        own.forEach((status, meaning) -> all.put(Integer.valueOf(status.strip()), meaning));
        Map<String, String> meanings = new LinkedHashMap<>();
        all.forEach((status, meaning) -> meanings.put(" " + status, meaning));
        return meanings;
    }
}
