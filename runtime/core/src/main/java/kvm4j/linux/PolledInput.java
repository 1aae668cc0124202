package kvm4j.linux;

import kvm4j.bindings.libc.Libc;
import kvm4j.bindings.libc.pollfd;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * What a descriptor reads, as a stream that can be closed while a thread waits in it: {@code
 * poll(2)} and {@code read(2)}.
 */
abstract class PolledInput extends InputStream {

    private static final int BUFFER_SIZE = 4096;
    private static final int FOREVER = -1;

    /** How long to wait before a read that failed is tried again, in milliseconds. */
    private static final int PAUSE = 100;

    private final int descriptor;
    private final String name;
    private final EventFd closing = EventFd.create();
    private final Arena arena = Arena.ofShared();
    private final MemorySegment polls = pollfd.allocateArray(2, arena);
    private final MemorySegment buffer = arena.allocate(BUFFER_SIZE);
    private int next;
    private int end;
    private volatile boolean closed;

    /**
     * Reads from a descriptor, from which nobody else should read then.
     *
     * @param descriptor its number; it is not closed here
     * @param name what error messages call it
     */
    PolledInput(int descriptor, String name) {
        this.descriptor = descriptor;
        this.name = name;
        watch(0, closing.number());
        watch(1, descriptor);
    }

    private void watch(int index, int watched) {
        MemorySegment poll = pollfd.asSlice(polls, index);
        pollfd.fd(poll, watched);
        pollfd.events(poll, (short) Libc.POLLIN());
    }

    /**
     * Whether there may be more to read after a failure.
     *
     * @param errno why the read failed
     */
    abstract boolean isPassing(int errno);

    /**
     * Reads a byte, waiting for one.
     *
     * @return the byte, -1 at the end of the input or when this is closed
     * @throws IOException if the input cannot be read
     */
    @Override
    public synchronized int read() throws IOException {
        if (!hasNext()) {
            return -1;
        }
        return Byte.toUnsignedInt(buffer.get(ValueLayout.JAVA_BYTE, next++));
    }

    /**
     * Reads some bytes, waiting for the first.
     *
     * @return how many bytes, -1 at the end of the input or when this is closed
     * @throws IOException if the input cannot be read
     */
    @Override
    public synchronized int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (length == 0) {
            return 0;
        }
        if (!hasNext()) {
            return -1;
        }
        int count = Math.min(length, end - next);
        MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, next, target, offset, count);
        next += count;
        return count;
    }

    private boolean hasNext() throws IOException {
        return !closed && (next < end || fill());
    }

    private boolean fill() throws IOException {
        while (await(2, FOREVER)) {
            long count =
                    SystemCall.call(Libc.SYS_read(), descriptor, buffer.address(), BUFFER_SIZE);
            if (count >= 0) {
                next = 0;
                end = (int) count;
                return count > 0;
            }
            if (!isPassing((int) -count)) {
                throw failed("read", count);
            }
            await(1, PAUSE);
        }
        return false;
    }

    /** Waits for as many of the descriptors as stated. Answers whether this is still open. */
    private boolean await(int watched, int milliseconds) throws IOException {
        long ready = -Libc.EINTR();
        while (ready == -Libc.EINTR() && !closed) {
            ready = SystemCall.call(Libc.SYS_poll(), polls.address(), watched, milliseconds);
        }
        if (ready < 0 && !closed) {
            throw failed("poll", ready);
        }
        return !closed;
    }

    private IOException failed(String call, long result) {
        LinuxException failure = new LinuxException(call + "(" + name + ")", (int) -result);
        return new IOException(failure.getMessage(), failure);
    }

    /**
     * Ends the reading: whoever waits gets the end of the input. Does not close the descriptor.
     * Does nothing the second time.
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        closing.signal();
        synchronized (this) {
            closing.close();
            arena.close();
        }
    }
}
