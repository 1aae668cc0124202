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
 * The process's standard input, as a stream that can be closed while a thread waits in it: {@code
 * poll(2)} and {@code read(2)} on descriptor 0.
 *
 * <p>{@code System.in} cannot, and a thread that waits there keeps {@link System#exit} waiting as
 * well, for 0.3 s.
 */
public final class StandardInput extends InputStream {

    private static final int DESCRIPTOR = 0;
    private static final int BUFFER_SIZE = 4096;

    private final EventFd closing = EventFd.create();
    private final Arena arena = Arena.ofShared();
    private final MemorySegment polls = pollfd.allocateArray(2, arena);
    private final MemorySegment buffer = arena.allocate(BUFFER_SIZE);
    private int next;
    private int end;
    private volatile boolean closed;

    /** Opens standard input, from which nobody else should read then. */
    public StandardInput() {
        watch(0, DESCRIPTOR);
        watch(1, closing.number());
    }

    private void watch(int index, int descriptor) {
        MemorySegment poll = pollfd.asSlice(polls, index);
        pollfd.fd(poll, descriptor);
        pollfd.events(poll, (short) Libc.POLLIN());
    }

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
        long ready = 0;
        while (ready <= 0 && !closed) {
            ready = SystemCall.call(Libc.SYS_poll(), polls.address(), 2, -1);
            if (ready < 0 && ready != -Libc.EINTR()) {
                throw new IOException(new LinuxException("poll(standard input)", (int) -ready));
            }
        }
        if (closed) {
            return false;
        }
        long count = SystemCall.call(Libc.SYS_read(), DESCRIPTOR, buffer.address(), BUFFER_SIZE);
        if (count < 0) {
            throw new IOException(new LinuxException("read(standard input)", (int) -count));
        }
        next = 0;
        end = (int) count;
        return count > 0;
    }

    /**
     * Ends the reading: whoever waits gets the end of the input. Does not close the process's
     * descriptor. Does nothing the second time.
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
