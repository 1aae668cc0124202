package kvm4j.linux;

import kvm4j.bindings.libc.Libc;
import kvm4j.bindings.perf.PerfEvent;
import kvm4j.bindings.perf.perf_event_attr;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * How many instructions a thread executes in user space, as the processor counts them: {@code
 * perf_event_open(2)}. The kernel's and the guest's do not count.
 *
 * <p>Many hosts have no such counter: virtual machines mostly hide the processor's, and {@code
 * /proc/sys/kernel/perf_event_paranoid} may forbid it. Then {@link #count()} is -1 for ever, and
 * {@link #absence()} says why.
 */
public final class InstructionCounter implements AutoCloseable {

    private final Arena arena = Arena.ofShared();
    private final MemorySegment value = arena.allocate(ValueLayout.JAVA_LONG);
    private final FileDescriptor descriptor;
    private final LinuxException absence;

    private InstructionCounter(FileDescriptor descriptor, LinuxException absence) {
        this.descriptor = descriptor;
        this.absence = absence;
    }

    /**
     * Starts to count for the calling thread.
     *
     * @return the counter; one that does not count where the host has none
     */
    public static InstructionCounter ofThisThread() {
        long fd = open();
        return fd < 0
                ? new InstructionCounter(
                        null, new LinuxException("perf_event_open(user instructions)", (int) -fd))
                : new InstructionCounter(new FileDescriptor((int) fd, "instruction counter"), null);
    }

    private static long open() {
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment attributes = scratch.allocate(perf_event_attr.layout());
            perf_event_attr.type(attributes, PerfEvent.PERF_TYPE_HARDWARE());
            perf_event_attr.size(attributes, (int) attributes.byteSize());
            perf_event_attr.config(attributes, PerfEvent.PERF_COUNT_HW_INSTRUCTIONS());
            attributes.set(
                    ValueLayout.JAVA_LONG,
                    PerfEvent.PERF_ATTR_FLAGS_OFFSET(),
                    PerfEvent.PERF_ATTR_FLAG_EXCLUDE_KERNEL()
                            | PerfEvent.PERF_ATTR_FLAG_EXCLUDE_HV()
                            | PerfEvent.PERF_ATTR_FLAG_EXCLUDE_GUEST());
            return SystemCall.call(
                    Libc.SYS_perf_event_open(),
                    attributes,
                    0,
                    -1,
                    -1,
                    PerfEvent.PERF_FLAG_FD_CLOEXEC());
        }
    }

    /**
     * The instructions so far. Only differences mean something: those that the look itself takes
     * are in every one.
     *
     * @return how many, or -1 where the host does not count
     * @throws IllegalStateException if the counter is closed
     */
    public long count() {
        if (descriptor == null) {
            return -1;
        }
        descriptor.read(value);
        return value.get(ValueLayout.JAVA_LONG, 0);
    }

    /**
     * Why nothing is counted.
     *
     * @return what the kernel said, or empty if it counts
     */
    public Optional<LinuxException> absence() {
        return Optional.ofNullable(absence);
    }

    /** Stops to count. Does nothing the second time. */
    @Override
    public void close() {
        if (descriptor != null) {
            descriptor.close();
        }
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
