package kvm4j.benchmarks;

import kvm4j.kvm.KvmUnavailableException;
import kvm4j.linux.LinuxException;
import kvm4j.text.Printable;
import kvm4j.text.PrintedOutput;

import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/** Where the process of {@code kvm4j bench} starts. */
public final class Main {

    static final int USAGE = 64;
    static final int UNAVAILABLE = 69;
    static final int SOFTWARE = 70;
    static final int CANNOT_CREATE = 73;
    static final int NO_PERMISSION = 77;
    static final int HOST_ERROR = 83;

    private static final OutputStream STANDARD_OUTPUT = new FileOutputStream(FileDescriptor.out);

    private Main() {}

    /**
     * Runs one command and ends the process with its status: that of the command, or 64 for a usage
     * error, 69 if the host cannot run guests, 70 for an error of kvm4j's own, 73 if a file cannot
     * be written, 77 if permission is missing, 83 if standard output cannot be written.
     *
     * @param arguments what follows {@code kvm4j bench}
     */
    public static void main(String[] arguments) {
        System.exit(run(commandLine(), new PrintedOutput(() -> STANDARD_OUTPUT), arguments));
    }

    /** What was not printed nobody has seen: a comparison's good end would say too much. */
    static int run(CommandLine command, PrintedOutput printed, String... arguments) {
        PrintWriter out = new PrintWriter(printed, false, System.out.charset());
        int status = run(command.setOut(out), arguments);
        out.flush();
        return printed.failure()
                .map(e -> report(command, "standard output: " + e.getMessage(), HOST_ERROR))
                .orElse(status);
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
                .registerConverter(Path.class, Main::file)
                .setCommandName("kvm4j bench")
                .setParameterExceptionHandler(Main::report)
                .setExecutionExceptionHandler(Main::report);
    }

    /** Nothing at all would name the working directory. */
    private static Path file(String name) {
        if (name.isEmpty()) {
            throw new TypeConversionException("'' names no file");
        }
        return Path.of(name);
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
            case IOException file ->
                    report(command, "cannot write: " + file.getMessage(), CANNOT_CREATE);
            case LinuxException host -> report(command, host.getMessage(), HOST_ERROR);
            default -> report(command, failure.toString(), SOFTWARE);
        };
    }

    private static int report(CommandLine command, String message, int status) {
        command.getErr().println("kvm4j: " + Printable.of(message.lines().findFirst().orElse("")));
        command.getErr().flush();
        return status;
    }
}
