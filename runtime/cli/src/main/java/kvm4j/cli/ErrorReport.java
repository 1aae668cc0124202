package kvm4j.cli;

import kvm4j.kvm.KvmUnavailableException;
import kvm4j.linux.LinuxException;
import kvm4j.snapshot.SnapshotException;
import kvm4j.testing.cpu.MissingFeaturesException;

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
        String name = command.getCommandSpec().qualifiedName();
        Message.tell(command.getErr(), Mistake.describe(exception) + " (see: " + name + " --help)");
        return ExitStatus.USAGE.code();
    }

    @Override
    public int handleExecutionException(
            Exception exception, CommandLine command, ParseResult parsed) {
        ExitStatus status = tell(exception, command.getErr());
        if (Diagnostics.areWanted(parsed)) {
            exception.printStackTrace(command.getErr());
        }
        return status.code();
    }

    /**
     * Tells what went wrong, whatever it is.
     *
     * @param failure what was thrown
     * @param err where to tell it
     * @return the status to end with
     */
    static ExitStatus tell(Throwable failure, PrintWriter err) {
        ExitStatus status = statusOf(failure);
        Message.tell(
                err,
                switch (failure) {
                    case OutOfMemoryError memory -> "out of memory: " + memory.getMessage();
                    case InternalError fault when isOfMappedFile(fault) ->
                            "a file was cut off while it was used";
                    case UnsatisfiedLinkError refused -> refused.getMessage();
                    case ExceptionInInitializerError wrapper when wrapper.getCause() != null ->
                            "internal error: " + wrapper.getCause();
                    default ->
                            status == ExitStatus.SOFTWARE
                                    ? "internal error: " + failure
                                    : failure.getMessage();
                });
        return status;
    }

    private static ExitStatus statusOf(Throwable failure) {
        return switch (failure) {
            case Failure known -> known.status();
            case KvmUnavailableException kvm -> statusOf(kvm);
            case SnapshotException snapshot -> ExitStatus.BAD_IMAGE;
            case LinuxException host -> ExitStatus.HOST_ERROR;
            case OutOfMemoryError memory -> ExitStatus.HOST_ERROR;
            case InternalError fault when isOfMappedFile(fault) -> ExitStatus.HOST_ERROR;
            case UnsatisfiedLinkError refused -> ExitStatus.UNAVAILABLE;
            case MissingFeaturesException features -> ExitStatus.UNAVAILABLE;
            default -> ExitStatus.SOFTWARE;
        };
    }

    /** What Java makes of SIGBUS: images are mapped. */
    private static boolean isOfMappedFile(InternalError fault) {
        return String.valueOf(fault.getMessage()).contains("unsafe memory access");
    }

    private static ExitStatus statusOf(KvmUnavailableException kvm) {
        return switch (kvm.errno().symbol()) {
            case "EACCES", "EPERM" -> ExitStatus.NO_PERMISSION;
            default -> ExitStatus.UNAVAILABLE;
        };
    }
}
