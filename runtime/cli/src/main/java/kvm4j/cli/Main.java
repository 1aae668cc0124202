package kvm4j.cli;

import java.io.PrintWriter;
import java.util.Arrays;

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
        end(run(arguments, err));
    }

    /**
     * To return is to end with 0, and cheaper: {@link System#exit} looks for a logger first, which
     * opens every jar.
     */
    private static void end(int status) {
        if (status != 0 || othersWouldGoOn()) {
            System.exit(status);
        }
    }

    /** Whether the process would not end with this thread. */
    private static boolean othersWouldGoOn() {
        Thread[] threads = new Thread[Thread.activeCount() + 1];
        int found = Thread.enumerate(threads);
        return found == threads.length
                || Arrays.stream(threads, 0, found)
                        .anyMatch(thread -> thread != Thread.currentThread() && !thread.isDaemon());
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
        StandardConsole console = StandardConsole.open();
        PrintedOutput printed = new PrintedOutput();
        PrintWriter out = new PrintWriter(printed, false, System.out.charset());
        int status =
                KvmCommand.commandLineFor(console, arguments)
                        .setOut(out)
                        .setErr(err)
                        .execute(arguments);
        out.flush();
        printed.check();
        return status;
    }
}
