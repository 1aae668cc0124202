package kvm4j.linux;

import kvm4j.bindings.libc.Libc;
import kvm4j.bindings.libc.pollfd;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A descriptor that one thread at a time waits for and uses, until another thread closes it: {@code
 * poll(2)} on it and on an eventfd.
 *
 * <p>That the descriptor is ready says nothing sure about the call that follows: another process
 * may have taken what there was to read, and a terminal that has room for a byte blocks a write of
 * two. So a pipe or terminal that this process was started with, whose mode is shared with whoever
 * else has it, is opened anew, in a mode of our own in which nothing blocks. Where that cannot be
 * (it belongs to another user, it is a socket) a call can still block; closing does not wait for
 * it.
 */
final class PolledDescriptor implements AutoCloseable {

    /** What ended a wait. */
    enum Wake {
        /** The descriptor is ready, or in a state that the next call will tell. */
        READY,
        /** The time is over. */
        TIMED_OUT,
        /** Somebody closed it. */
        CLOSED
    }

    /** How much one call reads or writes at most: a pipe with room takes it whole. */
    static final int BUFFER_SIZE = 4096;

    static final int FOREVER = -1;

    /**
     * What nobody waits for: {@code poll(2)} answers at once, and the call that follows says why.
     */
    private static final int NO_DESCRIPTOR = Integer.MAX_VALUE;

    private static final int ACCESS_MODE = 3;
    private static final int FILE_TYPE = 0xf000;
    private static final int FIFO = 0x1000;
    private static final int CHARACTER_DEVICE = 0x2000;

    private final EventFd closing = EventFd.create();
    private final FileDescriptor descriptor;
    private final boolean isOwn;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment polls = pollfd.allocateArray(2, arena);
    private final MemorySegment buffer = arena.allocate(BUFFER_SIZE);
    private final ReentrantLock use = new ReentrantLock();
    private final AtomicBoolean closeCalled = new AtomicBoolean();
    private volatile boolean closed;

    /**
     * Waits for a descriptor in whose mode nothing blocks.
     *
     * @param descriptor not closed here
     * @param events what to wait for, such as {@code POLLIN}
     */
    PolledDescriptor(FileDescriptor descriptor, int events) {
        this(descriptor, false, events);
    }

    /**
     * Waits for a descriptor that this process was started with.
     *
     * @param number its number; not closed here
     * @param name what error messages call it
     * @param events {@code POLLIN} to read, {@code POLLOUT} to write
     */
    static PolledDescriptor inherited(int number, String name, int events) {
        Path itself = Path.of("/proc/self/fd/" + number);
        int access = events == Libc.POLLIN() ? Libc.O_RDONLY() : Libc.O_WRONLY();
        if (!allows(number, access)) {
            FileDescriptor unfit = new FileDescriptor(number, name);
            return new PolledDescriptor(unfit, false, NO_DESCRIPTOR, events);
        }
        if (mayBlock(itself)) {
            int fd = FileDescriptor.tryOpen(itself, access | Libc.O_NONBLOCK() | Libc.O_NOCTTY());
            if (fd >= 0) {
                return owned(new FileDescriptor(fd, name), events);
            }
        }
        return new PolledDescriptor(new FileDescriptor(number, name), false, events);
    }

    private static PolledDescriptor owned(FileDescriptor descriptor, int events) {
        try {
            return new PolledDescriptor(descriptor, true, events);
        } catch (Throwable noneLeft) {
            descriptor.close();
            throw noneLeft;
        }
    }

    /** Whoever may open a file anew may be allowed more than the descriptor is for. */
    private static boolean allows(int number, int access) {
        long flags = SystemCall.call(SystemCall.FCNTL, number, Libc.F_GETFL(), 0);
        long granted = flags & ACCESS_MODE;
        return flags >= 0 && (granted == access || granted == Libc.O_RDWR());
    }

    private static boolean mayBlock(Path file) {
        try {
            int type = (int) Files.getAttribute(file, "unix:mode") & FILE_TYPE;
            return type == FIFO || type == CHARACTER_DEVICE;
        } catch (IOException | UnsupportedOperationException closedOrNoProc) {
            return false;
        }
    }

    private PolledDescriptor(FileDescriptor descriptor, boolean isOwn, int events) {
        this(descriptor, isOwn, descriptor.number(), events);
    }

    private PolledDescriptor(FileDescriptor descriptor, boolean isOwn, int watched, int events) {
        this.descriptor = descriptor;
        this.isOwn = isOwn;
        watch(0, closing.number(), Libc.POLLIN());
        watch(1, watched, events);
    }

    private void watch(int index, int number, int events) {
        MemorySegment poll = pollfd.asSlice(polls, index);
        pollfd.fd(poll, number);
        pollfd.events(poll, (short) events);
    }

    /**
     * Begins to use it, once nobody else does; {@link #end()} has to follow.
     *
     * @return false if it is closed, and then nothing has begun
     */
    boolean begin() {
        use.lock();
        if (closed) {
            use.unlock();
            return false;
        }
        return true;
    }

    /** Ends the use. */
    void end() {
        use.unlock();
        releaseIfClosed();
    }

    /** Where bytes pass through: {@link #BUFFER_SIZE} of them. For who uses it. */
    MemorySegment buffer() {
        return buffer;
    }

    /**
     * Waits until it is ready.
     *
     * @param milliseconds for how long, or {@link #FOREVER}
     * @return what ended the wait
     * @throws LinuxException if it cannot be waited for
     */
    Wake await(int milliseconds) {
        return await(2, milliseconds);
    }

    /**
     * Lets time pass, before what failed is tried again.
     *
     * @param milliseconds how much
     * @return what ended the wait: not that it is ready
     */
    Wake pause(int milliseconds) {
        return await(1, milliseconds);
    }

    private Wake await(int watched, int milliseconds) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(milliseconds);
        long left = milliseconds;
        long ready = SystemCall.call(Libc.SYS_poll(), polls, watched, left);
        while (ready == -Libc.EINTR()) { // by a signal, of the JVM's own too
            if (milliseconds != FOREVER) {
                left = TimeUnit.NANOSECONDS.toMillis(Math.max(deadline - System.nanoTime(), 0));
            }
            ready = SystemCall.call(Libc.SYS_poll(), polls, watched, left);
        }
        if (ready < 0) {
            throw new LinuxException("poll(" + descriptor + ")", (int) -ready);
        }
        if (ready == 0) {
            return Wake.TIMED_OUT;
        }
        return pollfd.revents(pollfd.asSlice(polls, 0)) == 0 ? Wake.READY : Wake.CLOSED;
    }

    /** Reads into the buffer: a count, or a negated error number. */
    long tryRead() {
        return descriptor.tryRead(buffer);
    }

    /** Writes a part of the buffer: a count, or a negated error number. */
    long tryWrite(long offset, long length) {
        return descriptor.tryWrite(buffer.asSlice(offset, length));
    }

    /** Ends the wait of whoever waits, without waiting for them. Does nothing the second time. */
    @Override
    public void close() {
        if (closeCalled.compareAndSet(false, true)) {
            closing.signal();
            closed = true;
            releaseIfClosed();
        }
    }

    /** Who leaves last, of the one who closes and those who use, gives back what there is. */
    private void releaseIfClosed() {
        if (closed && use.tryLock()) {
            try {
                closing.close();
                if (isOwn) {
                    descriptor.close();
                }
                ArenaCloser.close(arena);
            } finally {
                use.unlock();
            }
        }
    }
}
