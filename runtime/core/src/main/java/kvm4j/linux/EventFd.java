package kvm4j.linux;

import kvm4j.bindings.libc.Libc;
import kvm4j.bindings.libc.pollfd;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;

/**
 * A counter in the kernel that one side adds to and the other waits for: {@code eventfd(2)}. KVM
 * raises an interrupt on one (irqfd) and signals another when the guest rings a doorbell
 * (ioeventfd), both without a thread of ours.
 */
public final class EventFd implements AutoCloseable {

    private static final MemorySegment ONE =
            Arena.global().allocateFrom(ValueLayout.JAVA_LONG, 1).asReadOnly();

    /** Where the kernel puts a count: allocated once for each thread, freed some time after it. */
    private static final ThreadLocal<MemorySegment> COUNT =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(ValueLayout.JAVA_LONG));

    /** What poll is asked; threads may share it, as nobody reads the kernel's answer in it. */
    private final MemorySegment poll = Arena.ofAuto().allocate(pollfd.layout());

    private final FileDescriptor descriptor;

    private EventFd(FileDescriptor descriptor) {
        this.descriptor = descriptor;
        pollfd.events(poll, (short) Libc.POLLIN());
    }

    /**
     * Creates one whose count is 0.
     *
     * @return the eventfd
     * @throws LinuxException if the process has too many descriptors
     */
    public static EventFd create() {
        long fd = SystemCall.call(Libc.SYS_eventfd2(), 0, Libc.EFD_CLOEXEC() | Libc.EFD_NONBLOCK());
        if (fd < 0) {
            throw new LinuxException("eventfd()", (int) -fd);
        }
        return new EventFd(new FileDescriptor((int) fd, "eventfd"));
    }

    /**
     * The descriptor's number. To hand it to KVM is for {@link #during}: by itself it may be
     * somebody else's as soon as another thread closes this.
     *
     * @return the number
     * @throws IllegalStateException if it is closed
     */
    public int number() {
        return descriptor.number();
    }

    /**
     * Does something with the descriptor's number, such as handing it to KVM. It stays this one's
     * number meanwhile: {@link #close()} waits.
     *
     * @param <T> what comes of it
     * @param use what to do, which does not block for long
     * @return what that returned
     * @throws IllegalStateException if it is closed
     */
    public <T> T during(IntFunction<T> use) {
        return descriptor.during(use);
    }

    /**
     * Whether it is closed.
     *
     * @return true once {@link #close()} was called
     */
    public boolean isClosed() {
        return descriptor.isClosed();
    }

    /**
     * Adds 1 to the count and wakes whoever waits.
     *
     * @throws LinuxException {@code EAGAIN} if the count is at its limit of 2^64 - 2
     * @throws IllegalStateException if it is closed
     */
    public void signal() {
        descriptor.write(ONE);
    }

    /**
     * Takes the count, which is 0 afterwards, without waiting.
     *
     * @return the count, 0 if nobody signalled since the last time
     * @throws IllegalStateException if it is closed
     */
    public long take() {
        MemorySegment count = COUNT.get();
        long result = descriptor.tryRead(count);
        if (result == -Libc.EAGAIN()) {
            return 0;
        }
        if (result < 0) {
            throw new LinuxException("read(" + descriptor + ")", (int) -result);
        }
        return count.get(ValueLayout.JAVA_LONG, 0);
    }

    /**
     * Waits until somebody signals, then takes the count: {@code poll(2)}. Closing does not end the
     * wait: signal first.
     *
     * @param limit how long to wait at most, in whole milliseconds up to 2^31 - 1
     * @return the count, 0 if the time is over
     * @throws IllegalStateException if it is closed
     */
    public long await(Duration limit) {
        long milliseconds = Math.clamp(TimeUnit.MILLISECONDS.convert(limit), 0, Integer.MAX_VALUE);
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(milliseconds);
        // a signal, of the JVM's own too, ends a poll early
        while (poll(milliseconds) == -Libc.EINTR()) {
            long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            milliseconds = Math.max(left, 0);
        }
        return take();
    }

    private long poll(long milliseconds) {
        pollfd.fd(poll, number());
        return SystemCall.call(Libc.SYS_poll(), poll, 1, milliseconds);
    }

    /** Closes the descriptor. Does nothing the second time. */
    @Override
    public void close() {
        descriptor.close();
    }
}
