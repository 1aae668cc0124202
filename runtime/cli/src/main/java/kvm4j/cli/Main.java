package kvm4j.cli;

import kvm4j.linux.NativeAccess;
import kvm4j.linux.StandardInput;
import kvm4j.linux.StandardOutput;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintWriter;

/** Where the process starts. */
public final class Main {

    private Main() {}

    /**
     * Runs one command and ends the process with its {@linkplain ExitStatus exit status}.
     *
     * @param arguments the command and its arguments
     */
    public static void main(String[] arguments) {
        PrintWriter err = new PrintWriter(System.err, true);
        Thread.setDefaultUncaughtExceptionHandler((_, failure) -> ErrorReport.tell(failure, err));
        System.exit(run(arguments, err));
    }

    /** A status of 1 would be the guest's: what fails, even here, has another. */
    private static int run(String[] arguments, PrintWriter err) {
        int fallback = ExitStatus.SOFTWARE.code();
        try {
            return execute(arguments, err);
        } catch (Throwable failure) {
            try {
                return ErrorReport.tell(failure, err).code();
            } catch (Throwable again) {
                return fallback;
            }
        }
    }

    private static int execute(String[] arguments, PrintWriter err) {
        NativeAccess.require();
        Console console =
                new Console(
                        new StandardInput(),
                        new StandardOutput(),
                        new FileOutputStream(FileDescriptor.err));
        PrintedOutput printed = new PrintedOutput();
        PrintWriter out = new PrintWriter(printed, false, System.out.charset());
        int status = KvmCommand.commandLine(console).setOut(out).setErr(err).execute(arguments);
        out.flush();
        printed.check();
        return status;
    }
}
