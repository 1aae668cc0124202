package kvm4j.linux;

import kvm4j.bindings.libc.Libc;
import kvm4j.bindings.libc.pollfd;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;

/**
 * An open file description that any thread may use, closed once.
 *
 * <p>A call in flight keeps the descriptor open: {@link #close()} waits for it, so that no call
 * ever reaches a number that the kernel has given to someone else. The memory that a call reads or
 * writes cannot be given back either before it returns. None of the calls made through here blocks
 * for long; for one that does, see {@link InterruptibleDescriptor}.
 */
public final class FileDescriptor implements AutoCloseable {

    private static final VarHandle CALLS;

    static {
        try {
            CALLS = MethodHandles.lookup().findVarHandle(FileDescriptor.class, "calls", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** What {@link #calls} is below once the descriptor is closed. */
    private static final int CLOSED = Integer.MIN_VALUE / 2;

    /** {@code lseek(2)}'s, of {@code unistd.h} with {@code _GNU_SOURCE}. */
    private static final int SEEK_DATA = 3;

    private final int number;
    private final String name;

    @SuppressWarnings("unused") // through CALLS: how many calls are in flight, CLOSED added
    private volatile int calls;

    /**
     * Takes ownership of a descriptor.
     *
     * @param number the descriptor's number, as a system call returned it
     * @param name what error messages call it, such as {@code VM} or {@code eventfd}
     */
    public FileDescriptor(int number, String name) {
        this.number = number;
        this.name = name;
    }

    /**
     * Opens an existing file for reading and writing, close-on-exec: {@code open(2)}.
     *
     * @param path the file
     * @return its descriptor
     * @throws LinuxException if it cannot be opened
     */
    public static FileDescriptor open(Path path) {
        return open(path, Libc.O_RDWR());
    }

    /**
     * Opens an existing file for reading, close-on-exec: {@code open(2)}.
     *
     * @param path the file
     * @return its descriptor
     * @throws LinuxException if it cannot be opened
     */
    public static FileDescriptor openForReading(Path path) {
        return open(path, Libc.O_RDONLY());
    }

    /**
     * Opens an existing file for reading what is there already, close-on-exec: {@code open(2)} with
     * {@code O_NONBLOCK}. Where there is nothing, a read fails with {@code EAGAIN}.
     *
     * @param path the file, such as a pipe
     * @return its descriptor
     * @throws LinuxException if it cannot be opened
     */
    public static FileDescriptor openWithoutWaiting(Path path) {
        return open(path, Libc.O_RDONLY() | Libc.O_NONBLOCK());
    }

    /**
     * Opens an existing file, close-on-exec: {@code open(2)}.
     *
     * @param flags how, such as {@code O_RDWR | O_NOCTTY}
     */
    static FileDescriptor open(Path path, int flags) {
        int fd = tryOpen(path, flags);
        if (fd < 0) {
            throw new LinuxException("open(" + path + ")", -fd);
        }
        return new FileDescriptor(fd, path.toString());
    }

    /** Answers the number of a descriptor that nobody owns yet, or a negated error number. */
    static int tryOpen(Path path, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            return (int)
                    SystemCall.call(
                            Libc.SYS_openat(),
                            Libc.AT_FDCWD(),
                            arena.allocateFrom(path.toString()),
                            flags | Libc.O_CLOEXEC());
        }
    }

    /**
     * The descriptor's number. {@link #during} is for a call that takes another descriptor as an
     * argument: by itself the number may be somebody else's as soon as another thread closes this.
     *
     * @return the number
     * @throws IllegalStateException if it is closed
     */
    public int number() {
        if (calls < 0) {
            throw closed();
        }
        return number;
    }

    /**
     * How long the file is: {@code stat(2)}, by way of {@code /proc}.
     *
     * @return bytes; 0 for what is no file
     * @throws UncheckedIOException if it cannot be told
     * @throws IllegalStateException if the descriptor is closed
     */
    public long size() {
        return during(
                open -> {
                    try {
                        return Files.size(Path.of("/proc/self/fd/" + open));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
    }

    /**
     * Whether the file is longer than so much: {@code pread(2)} of one byte, which takes less time
     * than to ask for the {@link #size()}.
     *
     * @param offset where that byte would be, in bytes
     * @return whether it is there
     * @throws LinuxException if the file cannot be read
     * @throws IllegalStateException if the descriptor is closed
     */
    public boolean reaches(long offset) {
        try (Arena arena = Arena.ofConfined()) {
            return read(arena.allocate(1), offset) == 1;
        }
    }

    /**
     * Where a file has something other than a hole, whose bytes are all zero: {@code lseek(2)} with
     * {@code SEEK_DATA}, which moves the position of reads without an offset. A file system that
     * knows of no holes says that there is something everywhere.
     *
     * @param offset where to look from, in bytes
     * @return the first offset from there on; empty if a hole reaches to the file's end, or the
     *     file does not reach so far
     * @throws LinuxException if it cannot be told
     * @throws IllegalStateException if the descriptor is closed
     */
    public OptionalLong dataFrom(long offset) {
        begin();
        try {
            long found = SystemCall.call(SystemCall.LSEEK, number, offset, SEEK_DATA);
            if (found == -Libc.ENXIO()) {
                return OptionalLong.empty();
            }
            if (found < 0) {
                throw new LinuxException("lseek(" + name + ", SEEK_DATA)", (int) -found);
            }
            return OptionalLong.of(found);
        } finally {
            end();
        }
    }

    /**
     * Opens the same file once more, for reading: {@code open(2)} by way of {@code /proc}. It is
     * the same whatever became of the name meanwhile.
     *
     * @return the file, to be closed by the caller
     * @throws IOException if it cannot be opened
     * @throws IllegalStateException if the descriptor is closed
     */
    public FileChannel reopen() throws IOException {
        begin();
        try {
            return FileChannel.open(Path.of("/proc/self/fd/" + number), StandardOpenOption.READ);
        } finally {
            end();
        }
    }

    /**
     * Does something with the descriptor's number, such as a call that takes another descriptor as
     * an argument. It stays this one's number meanwhile: {@link #close()} waits.
     *
     * @param <T> what comes of it
     * @param use what to do, which does not block for long
     * @return what that returned
     * @throws IllegalStateException if the descriptor is closed
     */
    public <T> T during(IntFunction<T> use) {
        begin();
        try {
            return use.apply(number);
        } finally {
            end();
        }
    }

    /** What error messages call it. */
    String name() {
        return name;
    }

    /**
     * Whether it is closed.
     *
     * @return true once {@link #close()} was called
     */
    public boolean isClosed() {
        return calls < 0;
    }

    /**
     * {@code ioctl(2)} with a number as its argument.
     *
     * @param request what to do
     * @param argument the argument, 0 if the request has none
     * @return the result, not negative
     * @throws LinuxException if it failed
     * @throws IllegalStateException if the descriptor is closed
     */
    public int ioctl(Ioctl request, long argument) {
        int result = tryIoctl(request, argument);
        if (result < 0) {
            throw request.failed(argument, -result);
        }
        return result;
    }

    /**
     * {@code ioctl(2)} with a structure as its argument.
     *
     * @param request what to do
     * @param argument the structure, in native memory, which is held until the call returns; what
     *     it points at is for the caller to hold
     * @return the result, not negative
     * @throws LinuxException if it failed
     * @throws IllegalArgumentException if the structure is shorter than the request says, on the
     *     heap, or read-only where the kernel writes to it
     * @throws IllegalStateException if the descriptor or the structure's arena is closed
     * @throws WrongThreadException if the structure is confined to another thread
     */
    public int ioctl(Ioctl request, MemorySegment argument) {
        int result = tryIoctl(request, argument);
        if (result < 0) {
            throw request.failed(0, -result);
        }
        return result;
    }

    /**
     * {@code ioctl(2)} whose failure the caller expects.
     *
     * @param request what to do
     * @param argument the argument, 0 if the request has none
     * @return the result, or a negated error number
     * @throws IllegalStateException if the descriptor is closed
     */
    public int tryIoctl(Ioctl request, long argument) {
        begin();
        try {
            return SystemCall.ioctl(number, request.request(), argument);
        } finally {
            end();
        }
    }

    /**
     * {@code ioctl(2)} with a structure as its argument, whose failure the caller expects.
     *
     * @param request what to do
     * @param argument the structure, in native memory, which is held until the call returns; what
     *     it points at is for the caller to hold
     * @return the result, or a negated error number
     * @throws IllegalArgumentException if the structure is shorter than the request says, on the
     *     heap, or read-only where the kernel writes to it
     * @throws IllegalStateException if the descriptor or the structure's arena is closed
     * @throws WrongThreadException if the structure is confined to another thread
     */
    public int tryIoctl(Ioctl request, MemorySegment argument) {
        begin();
        try {
            return SystemCall.ioctl(number, request, argument);
        } finally {
            end();
        }
    }

    /**
     * {@code read(2)} whose failure the caller expects.
     *
     * @param target native memory to fill
     * @return how many bytes were read, or a negated error number
     * @throws IllegalArgumentException if the memory is on the heap or read-only
     * @throws IllegalStateException if the descriptor or the memory's arena is closed
     * @throws WrongThreadException if the memory is confined to another thread
     */
    public long tryRead(MemorySegment target) {
        begin();
        try {
            SystemCall.requireWritable(target);
            return SystemCall.call(Libc.SYS_read(), number, target, target.byteSize());
        } finally {
            end();
        }
    }

    /**
     * {@code read(2)}.
     *
     * @param target native memory to fill
     * @return how many bytes were read
     * @throws LinuxException if it failed
     * @throws IllegalArgumentException if the memory is on the heap or read-only
     * @throws IllegalStateException if the descriptor or the memory's arena is closed
     * @throws WrongThreadException if the memory is confined to another thread
     */
    public long read(MemorySegment target) {
        begin();
        try {
            return transfer("read", Libc.SYS_read(), SystemCall.requireWritable(target), 0);
        } finally {
            end();
        }
    }

    /**
     * {@code pread(2)}: reads at an offset.
     *
     * @param target native memory to fill
     * @param offset where to begin, in bytes
     * @return how many bytes were read
     * @throws LinuxException if it failed
     * @throws IllegalArgumentException if the memory is on the heap or read-only
     * @throws IllegalStateException if the descriptor or the memory's arena is closed
     * @throws WrongThreadException if the memory is confined to another thread
     */
    public long read(MemorySegment target, long offset) {
        begin();
        try {
            return transfer(
                    "pread", Libc.SYS_pread64(), SystemCall.requireWritable(target), offset);
        } finally {
            end();
        }
    }

    /**
     * {@code write(2)}.
     *
     * @param source native memory to take the bytes from
     * @return how many bytes were written
     * @throws LinuxException if it failed
     * @throws IllegalArgumentException if the memory is on the heap
     * @throws IllegalStateException if the descriptor or the memory's arena is closed
     * @throws WrongThreadException if the memory is confined to another thread
     */
    public long write(MemorySegment source) {
        begin();
        try {
            return transfer("write", Libc.SYS_write(), source, 0);
        } finally {
            end();
        }
    }

    /** {@code write(2)} whose failure the caller expects: a count, or a negated error number. */
    long tryWrite(MemorySegment source) {
        begin();
        try {
            return SystemCall.call(Libc.SYS_write(), number, source, source.byteSize());
        } finally {
            end();
        }
    }

    /** Which of these events there are, and whether it is hung up: {@code poll(2)} at a glance. */
    int poll(int events) {
        begin();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment poll = arena.allocate(pollfd.layout());
            pollfd.fd(poll, number);
            pollfd.events(poll, (short) events);
            SystemCall.call(Libc.SYS_poll(), poll, 1, 0);
            return pollfd.revents(poll);
        } finally {
            end();
        }
    }

    private long transfer(String call, long systemCall, MemorySegment buffer, long offset) {
        long count = SystemCall.call(systemCall, number, buffer, buffer.byteSize(), offset);
        if (count < 0) {
            throw new LinuxException(
                    call + "(" + name + ", " + buffer.byteSize() + " bytes)", (int) -count);
        }
        return count;
    }

    private void begin() {
        if ((int) CALLS.getAndAdd(this, 1) < 0) {
            CALLS.getAndAdd(this, -1);
            throw closed();
        }
    }

    private void end() {
        CALLS.getAndAdd(this, -1);
    }

    private IllegalStateException closed() {
        return new IllegalStateException(name + " is closed");
    }

    /** Waits for calls in flight, then closes. Does nothing the second time. */
    @Override
    public void close() {
        int before;
        do {
            before = (int) CALLS.getVolatile(this);
            if (before < 0) {
                return;
            }
        } while (!CALLS.compareAndSet(this, before, before + CLOSED));
        while ((int) CALLS.getVolatile(this) != CLOSED) {
            LockSupport.parkNanos(10_000);
        }
        SystemCall.call(Libc.SYS_close(), number);
    }

    @Override
    public String toString() {
        return name + " (descriptor " + number + ")";
    }
}
