package kvm4j.trace;

import kvm4j.linux.NativeThread;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Buffers and switches of the kernel's tracing that are ours alone. */
final class TraceInstance implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(TraceInstance.class);

    /** How much memory all processors' buffers have together, if each has at least its least. */
    private static final long BUFFERS_KIB = 256 << 10;

    private static final long LEAST_KIB = 1 << 10;
    private static final long MOST_KIB = 8 << 10;

    private final Path folder;

    TraceInstance(Path folder) {
        this.folder = folder;
    }

    /**
     * Sets what has to be set before anything is switched on: buffers large enough for what comes
     * between two looks at them, and the clock that {@link System#nanoTime} reads.
     */
    void prepare() throws TraceUnavailableException {
        long share = BUFFERS_KIB / Runtime.getRuntime().availableProcessors();
        try {
            write("buffer_size_kb", Long.toString(Math.clamp(share, LEAST_KIB, MOST_KIB)));
            write("trace_clock", "mono");
        } catch (IOException e) {
            throw new TraceUnavailableException(
                    "the trace instance " + folder + " cannot be set up",
                    String.valueOf(e.getMessage()));
        }
    }

    /**
     * Switches an event on.
     *
     * @param event its folder, such as {@code kvm/kvm_exit}
     * @return false if the kernel has none, or refuses
     */
    boolean enable(String event) {
        return tryWrite("events/" + event + "/enable", "1");
    }

    /**
     * Traces what this thread alone does.
     *
     * @param thread a vCPU's thread
     */
    void follow(NativeThread thread) {
        tryWrite("set_event_pid", Integer.toString(thread.id()));
        tryWrite("set_ftrace_pid", Integer.toString(thread.id()));
    }

    /**
     * Traces calls of functions.
     *
     * @param functions the functions' names
     * @return false if none of them can be traced
     */
    boolean traceCalls(List<String> functions) {
        List<String> taken =
                functions.stream()
                        .filter(function -> tryWrite("set_ftrace_filter", function))
                        .toList();
        // without a filter every function of the kernel would be traced
        return !taken.isEmpty() && tryWrite("current_tracer", "function");
    }

    /** Lets nothing more into the buffers. */
    void stop() {
        tryWrite("tracing_on", "0");
    }

    /**
     * The processors' buffers, to be read page by page, in the order of the processors' numbers.
     */
    List<CpuBuffer> buffers() {
        List<CpuBuffer> buffers = new ArrayList<>();
        try (DirectoryStream<Path> cpus =
                Files.newDirectoryStream(folder.resolve("per_cpu"), "cpu*")) {
            for (Path cpu : cpus) {
                int number = Integer.parseInt(cpu.getFileName().toString().substring(3));
                buffers.add(new CpuBuffer(number, cpu.resolve("trace_pipe_raw")));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        buffers.sort(Comparator.comparingInt(CpuBuffer::cpu));
        return buffers;
    }

    /**
     * A processor's buffer.
     *
     * @param cpu the processor's number
     * @param pages the file to read its pages from
     */
    record CpuBuffer(int cpu, Path pages) {}

    private boolean tryWrite(String file, String value) {
        try {
            write(file, value);
            return true;
        } catch (IOException e) {
            LOG.debug("{} does not take {}: {}", folder.resolve(file), value, e.getMessage());
            return false;
        }
    }

    private void write(String file, String value) throws IOException {
        Files.writeString(folder.resolve(file), value, StandardOpenOption.APPEND);
    }

    /** Gives the buffers back. */
    @Override
    public void close() {
        stop();
        tryWrite("current_tracer", "nop");
        tryWrite("events/enable", "0");
        try {
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            LOG.warn("the trace instance {} cannot be removed: {}", folder, e.getMessage());
        }
    }
}
