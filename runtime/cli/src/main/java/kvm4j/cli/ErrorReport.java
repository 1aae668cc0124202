package kvm4j.cli;

import kvm4j.kvm.KvmUnavailableException;
import kvm4j.linux.LinuxException;

import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

import java.io.PrintWriter;

/** Tells the user in one line what went wrong, and the shell by a status. */
final class ErrorReport implements IExecutionExceptionHandler, IParameterExceptionHandler {

    @Override
    public int handleParseException(ParameterException exception, String[] arguments) {
        CommandLine command = exception.getCommandLine();
        String mistake = exception.getMessage().lines().findFirst().orElse("");
        String name = command.getCommandSpec().qualifiedName();
        print(command.getErr(), mistake + " (see: " + name + " --help)");
        return ExitStatus.USAGE.code();
    }

    @Override
    public int handleExecutionException(
            Exception exception, CommandLine command, ParseResult parsed) {
        ExitStatus status = statusOf(exception);
        print(
                command.getErr(),
                status == ExitStatus.SOFTWARE
                        ? "internal error: " + exception
                        : exception.getMessage());
        if (Diagnostics.areWanted(parsed)) {
            exception.printStackTrace(command.getErr());
        }
        return status.code();
    }

    private static ExitStatus statusOf(Exception exception) {
        return switch (exception) {
            case Failure failure -> failure.status();
            case KvmUnavailableException kvm -> statusOf(kvm);
            case LinuxException host -> ExitStatus.HOST_ERROR;
            default -> ExitStatus.SOFTWARE;
        };
    }

    private static ExitStatus statusOf(KvmUnavailableException kvm) {
        return switch (kvm.errno().symbol()) {
            case "EACCES", "EPERM" -> ExitStatus.NO_PERMISSION;
            default -> ExitStatus.UNAVAILABLE;
        };
    }

    private static void print(PrintWriter err, String message) {
        err.println("kvm4j: " + message);
        err.flush();
    }
}
