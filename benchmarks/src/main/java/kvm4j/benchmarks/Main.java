package kvm4j.benchmarks;

import kvm4j.kvm.KvmUnavailableException;
import kvm4j.text.Printable;

import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;

/** Where the process of {@code kvm4j bench} starts. */
public final class Main {

    static final int USAGE = 64;
    static final int UNAVAILABLE = 69;
    static final int SOFTWARE = 70;
    static final int CANNOT_CREATE = 73;
    static final int NO_PERMISSION = 77;

    private Main() {}

    /**
     * Runs one command and ends the process with its status: that of the command, or 64 for a usage
     * error, 69 if the host cannot run guests, 70 for an error of kvm4j's own, 73 if a file cannot
     * be written, 77 if permission is missing.
     *
     * @param arguments what follows {@code kvm4j bench}
     */
    public static void main(String[] arguments) {
        System.exit(run(commandLine(), arguments));
    }

    /** A status of 1 says that something takes longer: an error, too, has another. */
    static int run(CommandLine command, String... arguments) {
        try {
            return command.execute(arguments);
        } catch (Throwable error) {
            return report(command, error.toString(), SOFTWARE);
        }
    }

    /** The command line, with errors in one line each. */
    static CommandLine commandLine() {
        return Usage.complete(new CommandLine(new BenchCommand()))
                .setCommandName("kvm4j bench")
                .setParameterExceptionHandler(Main::report)
                .setExecutionExceptionHandler(Main::report);
    }

    private static int report(ParameterException mistake, String[] arguments) {
        CommandLine command = mistake.getCommandLine();
        String name = command.getCommandSpec().qualifiedName();
        return report(command, describe(mistake) + " (see: " + name + " --help)", USAGE);
    }

    private static String describe(ParameterException mistake) {
        return mistake instanceof UnmatchedArgumentException unmatched
                        && !unmatched.getSuggestions().isEmpty()
                ? mistake.getMessage()
                        + "; did you mean "
                        + unmatched.getSuggestions().getFirst()
                        + "?"
                : mistake.getMessage();
    }

    private static int report(Exception failure, CommandLine command, ParseResult parsed) {
        return switch (failure) {
            case KvmUnavailableException kvm ->
                    report(
                            command,
                            kvm.getMessage(),
                            switch (kvm.errno().symbol()) {
                                case "EACCES", "EPERM" -> NO_PERMISSION;
                                default -> UNAVAILABLE;
                            });
            case AccessDeniedException file ->
                    report(command, "no permission: " + file.getFile(), NO_PERMISSION);
            case FileSystemException file ->
                    report(command, "cannot write: " + file.getMessage(), CANNOT_CREATE);
            default -> report(command, failure.toString(), SOFTWARE);
        };
    }

    private static int report(CommandLine command, String message, int status) {
        command.getErr().println("kvm4j: " + Printable.of(message.lines().findFirst().orElse("")));
        command.getErr().flush();
        return status;
    }
}
