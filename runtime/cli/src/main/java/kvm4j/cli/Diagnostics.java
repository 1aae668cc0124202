package kvm4j.cli;

import picocli.CommandLine.ParseResult;

/** What is told about kvm4j itself, beyond a line for an error: {@code --verbose}. */
final class Diagnostics {

    /** The option that asks for it. */
    static final String OPTION = "--verbose";

    private Diagnostics() {}

    /** Whether the user asked for it, before or behind the command's name. */
    static boolean areWanted(ParseResult parsed) {
        return parsed.hasMatchedOption(OPTION)
                || parsed.hasSubcommand() && areWanted(parsed.subcommand());
    }

    /**
     * Turns on the log, which goes to standard error. The first logger reads the level, so this
     * must come before it.
     */
    static void log() {
        System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "debug");
    }
}
