package kvm4j.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the kernel records of this process's guests: its tracepoints {@code kvm_entry} and {@code
 * kvm_exit}, with the exit reason that the hardware gave, and chosen functions of its modules. Kept
 * in a trace instance of its own, so that nobody else's tracing is disturbed.
 */
final class KernelTrace implements AutoCloseable {

    private static final Path TRACEFS = Path.of("/sys/kernel/tracing");

    private static final Pattern WRITTEN = Pattern.compile("entries-written: (\\d+)/(\\d+)");
    private static final Pattern ENTRY = Pattern.compile(": kvm_entry:");
    private static final Pattern EXIT = Pattern.compile(": kvm_exit:.* reason (\\S+) rip");
    private static final Pattern CALL = Pattern.compile(": (\\w+) <-\\w+");

    private final Path instance =
            TRACEFS.resolve("instances/kvm4j-" + ProcessHandle.current().pid());

    private KernelTrace() {}

    /** Whether this process may record: tracefs is mounted, and it may write there. */
    static boolean isAvailable() {
        return Files.isWritable(TRACEFS.resolve("instances"));
    }

    /** Starts to record entries and exits of guests that this thread, or one it starts, runs. */
    static KernelTrace ofGuests() {
        KernelTrace trace = create();
        trace.write("set_event_pid", Long.toString(nativeThreadId()));
        trace.write("options/event-fork", "1");
        trace.write("events/kvm/kvm_entry/enable", "1");
        trace.write("events/kvm/kvm_exit/enable", "1");
        return trace;
    }

    /** Starts to record calls of the kernel's functions that match one of the patterns. */
    static KernelTrace ofCalls(List<String> patterns) {
        KernelTrace trace = create();
        patterns.forEach(pattern -> trace.write("set_ftrace_filter", pattern));
        trace.write("current_tracer", "function");
        return trace;
    }

    private static KernelTrace create() {
        KernelTrace trace = new KernelTrace();
        try {
            Files.createDirectory(trace.instance);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return trace;
    }

    private static long nativeThreadId() {
        try {
            return Long.parseLong(
                    Path.of("/proc/thread-self").toRealPath().getFileName().toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How many guest entries were recorded. */
    long entries() {
        return matches(ENTRY).count();
    }

    /** How many exits were recorded for each of the hardware's reasons, named as KVM names them. */
    Map<String, Long> exits() {
        return matches(EXIT)
                .map(exit -> exit.group(1))
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    }

    /** The functions that were called, in their order. */
    List<String> calls() {
        return matches(CALL).map(call -> call.group(1)).toList();
    }

    private Stream<Matcher> matches(Pattern pattern) {
        return text().lines().map(pattern::matcher).filter(Matcher::find);
    }

    /** All that was recorded, as the kernel prints it; none of it may have been lost. */
    String text() {
        String text = read("trace");
        Matcher written = WRITTEN.matcher(text);
        if (written.find()) {
            assertEquals(written.group(2), written.group(1), "the trace buffer was too small");
        }
        return text;
    }

    private String read(String file) {
        try {
            return Files.readString(instance.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void write(String file, String value) {
        try {
            Files.writeString(instance.resolve(file), value, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            write("current_tracer", "nop");
            Files.delete(instance);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
