package kvm4j.cli;

import kvm4j.text.PrintedOutput;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.time.Duration;
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
        MessageOutput messages = new MessageOutput();
        Charset charset = System.err.charset();
        System.setErr(new PrintStream(messages, true, charset)); // for what Java and the log say
        PrintWriter err = new PrintWriter(messages, true, charset);
        Thread.setDefaultUncaughtExceptionHandler((_, failure) -> ErrorReport.tell(failure, err));
        MessageDeadline deadline = new MessageDeadline(messages);
        Thread hook = new Thread(() -> deadline.set(Duration.ZERO), "kvm4j-deadline");
        Runtime.getRuntime().addShutdownHook(hook);
        int status = run(arguments, messages, err);
        removeHook(hook);
        end(status);
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            // a signal ends the process meanwhile
        }
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
    private static int run(String[] arguments, MessageOutput messages, PrintWriter err) {
        int fallback = ExitStatus.SOFTWARE.code();
        try {
            return execute(arguments, messages, err);
        } catch (Throwable failure) {
            try {
                return ErrorReport.tell(failure, err).code();
            } catch (Throwable again) {
                return fallback;
            }
        }
    }

    private static int execute(String[] arguments, MessageOutput messages, PrintWriter err) {
        StandardConsole console = StandardConsole.open(messages);
        PrintedOutput printed = new PrintedOutput(() -> console.get().output());
        PrintWriter out = new PrintWriter(printed, false, System.out.charset());
        int status =
                KvmCommand.commandLineFor(console, arguments)
                        .setOut(out)
                        .setErr(err)
                        .execute(arguments);
        out.flush();
        return printed.failure().map(failure -> lost(failure, err)).orElse(status);
    }

    private static int lost(IOException failure, PrintWriter err) {
        Message.tell(err, failure.getMessage());
        return ExitStatus.HOST_ERROR.code();
    }
}
