package kvm4j.linux;

import kvm4j.bindings.libc.Libc;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * What a descriptor reads, as a stream that can be closed while a thread waits in it: {@code
 * poll(2)} and {@code read(2)}.
 */
abstract class PolledInput extends InputStream {

    /** How long to wait before a read that failed is tried again, in milliseconds. */
    private static final int PAUSE = 100;

    private final PolledDescriptor descriptor;
    private final String name;
    private int next;
    private int end;

    /**
     * Reads from a descriptor, from which nobody else should read then.
     *
     * @param descriptor closed with this
     * @param name what error messages call it
     */
    PolledInput(PolledDescriptor descriptor, String name) {
        this.descriptor = descriptor;
        this.name = name;
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
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    /**
     * Reads some bytes, waiting for the first.
     *
     * @return how many bytes, -1 at the end of the input or when this is closed
     * @throws IOException if the input cannot be read
     */
    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (length == 0) {
            return 0;
        }
        if (!descriptor.begin()) {
            return -1;
        }
        try {
            return next < end || fill() ? take(target, offset, length) : -1;
        } catch (LinuxException e) {
            throw e.asIOException(name);
        } finally {
            descriptor.end();
        }
    }

    private int take(byte[] target, int offset, int length) {
        int count = Math.min(length, end - next);
        MemorySegment.copy(descriptor.buffer(), ValueLayout.JAVA_BYTE, next, target, offset, count);
        next += count;
        return count;
    }

    private boolean fill() {
        while (descriptor.await(PolledDescriptor.FOREVER) == PolledDescriptor.Wake.READY) {
            long count = descriptor.tryRead();
            if (count >= 0) {
                next = 0;
                end = (int) count;
                return count > 0;
            }
            int errno = (int) -count;
            if (isPassing(errno)) {
                descriptor.pause(PAUSE);
            } else if (errno != Libc.EAGAIN() && errno != Libc.EINTR()) {
                throw new LinuxException("read(" + name + ")", errno);
            }
        }
        return false;
    }

    /**
     * Ends the reading: whoever waits gets the end of the input. Does not wait for them, and does
     * not close the descriptor. Does nothing the second time.
     */
    @Override
    public void close() {
        descriptor.close();
    }
}
