package kvm4j.claims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import kvm4j.linux.NativeThread;

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
 * What the kernel records of this process's guests: its tracepoints {@code kvm_entry}, {@code
 * kvm_exit} with the exit reason that the hardware gave, and {@code kvm_userspace_exit}; and chosen
 * functions of its modules. Kept in a trace instance of its own, so that nobody else's tracing is
 * disturbed.
 */
final class KernelTrace implements AutoCloseable {

    /** Where to keep what was recorded; nowhere if not set. */
    private static final String KEPT = System.getProperty("kvm4j.traces");

    private static final Path TRACEFS = Path.of("/sys/kernel/tracing");

    private static final Pattern WRITTEN = Pattern.compile("entries-written: (\\d+)/(\\d+)");
    private static final Pattern ENTRY = Pattern.compile(": kvm_entry:");
    private static final Pattern EXIT = Pattern.compile(": kvm_exit:.* reason (.+?) +rip");
    private static final Pattern USER_SPACE =
            Pattern.compile(": kvm_userspace_exit: +reason KVM_EXIT_(\\S+)");
    private static final Pattern CALL = Pattern.compile(": (\\w+) <-\\w+");

    private final Path instance =
            TRACEFS.resolve("instances/kvm4j-" + ProcessHandle.current().pid());

    private KernelTrace() {}

    /** Skips the test where this process may not record: without tracefs, or the right to write. */
    static void assumeAvailable() {
        assumeTrue(
                Files.isWritable(TRACEFS.resolve("instances")),
                "this user cannot write to tracefs");
    }

    /**
     * Starts to record what guests do that this thread runs, one that it starts, or one that is
     * {@linkplain #follow followed}.
     */
    static KernelTrace ofGuests() {
        KernelTrace trace = create();
        trace.recordGuests();
        return trace;
    }

    /** Starts to record calls of the kernel's functions that match one of the patterns. */
    static KernelTrace ofCalls(List<String> patterns) {
        KernelTrace trace = create();
        trace.recordCalls(patterns);
        return trace;
    }

    /**
     * Starts to record what guests do that this thread runs, and its calls of the kernel's
     * functions. Skips the test where one of them is not there, or cannot be traced.
     */
    static KernelTrace ofGuestsAndCalls(List<String> functions) {
        KernelTrace trace = create();
        trace.write("set_ftrace_pid", Integer.toString(NativeThread.current().id()));
        trace.recordGuests();
        trace.recordCalls(functions);
        try {
            List<String> traced = trace.read("set_ftrace_filter").lines().toList();
            for (String function : functions) {
                assumeTrue(
                        traced.stream().anyMatch(line -> line.startsWith(function)),
                        () -> "this kernel does not trace " + function);
            }
        } catch (Throwable skipped) {
            trace.close();
            throw skipped;
        }
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

    private void recordGuests() {
        write("set_event_pid", Integer.toString(NativeThread.current().id()));
        write("options/event-fork", "1");
        write("events/kvm/kvm_entry/enable", "1");
        write("events/kvm/kvm_exit/enable", "1");
        write("events/kvm/kvm_userspace_exit/enable", "1");
    }

    /** Records what guests do that a thread runs, too. */
    void follow(NativeThread thread) {
        write("set_event_pid", Integer.toString(thread.id()));
    }

    private void recordCalls(List<String> patterns) {
        patterns.forEach(pattern -> write("set_ftrace_filter", pattern));
        write("current_tracer", "function");
    }

    /** How many guest entries were recorded. */
    long entries() {
        return matches(ENTRY).count();
    }

    /** How many exits were recorded for each of the hardware's reasons, named as KVM names them. */
    Map<String, Long> exits() {
        return counted(EXIT);
    }

    /** How many exits were handed to user space, for each of KVM's reasons; a signal is none. */
    Map<String, Long> forwardedExits() {
        return counted(USER_SPACE);
    }

    private Map<String, Long> counted(Pattern pattern) {
        return matches(pattern)
                .map(match -> match.group(1))
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    }

    /** The functions that were called, in their order. */
    List<String> calls() {
        return matches(CALL).map(call -> call.group(1)).toList();
    }

    /** How often a function was called. */
    long calls(String function) {
        return calls().stream().filter(function::equals).count();
    }

    private Stream<Matcher> matches(Pattern pattern) {
        return text().lines().map(pattern::matcher).filter(Matcher::find);
    }

    /** All that was recorded, as the kernel prints it; none of it may have been lost. */
    private String text() {
        String text = read("trace");
        Matcher written = WRITTEN.matcher(text);
        if (written.find()) {
            assertEquals(written.group(2), written.group(1), "the trace buffer was too small");
        }
        return text;
    }

    /** Leaves what was recorded in the folder {@code -Dkvm4j.traces}, if there is one. */
    void keep(String name) {
        if (KEPT != null) {
            try {
                Files.createDirectories(Path.of(KEPT));
                Files.writeString(Path.of(KEPT, name + ".txt"), text());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
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
