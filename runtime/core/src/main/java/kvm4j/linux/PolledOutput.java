package kvm4j.linux;

import kvm4j.bindings.libc.Libc;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * What is written to a descriptor that this process was started with, as a stream without a buffer
 * whose writes end when it is closed or when their thread is interrupted, however long nobody
 * reads: {@code poll(2)} and {@code write(2)}.
 *
 * <p>A stream of the JDK's waits in {@code write(2)} then, which nothing but the reader ends.
 */
public class PolledOutput extends OutputStream {

    /** How often a write that waits looks whether its thread is interrupted, in milliseconds. */
    private static final int GLANCE = 100;

    /** How long to wait where there is room, but not enough, in milliseconds. */
    private static final int PAUSE = 10;

    private final PolledDescriptor descriptor;
    private final String name;

    /**
     * Writes to a descriptor.
     *
     * @param number its number, such as 1; it is not closed here
     * @param name what error messages call it, such as {@code standard output}
     * @throws LinuxException if the process has too many descriptors
     */
    public PolledOutput(int number, String name) {
        this.descriptor = PolledDescriptor.inherited(number, name, Libc.POLLOUT());
        this.name = name;
    }

    /**
     * Writes a byte, waiting for room.
     *
     * @throws IOException as {@link #write(byte[], int, int)} throws it
     */
    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    /**
     * Writes bytes, waiting for room as often as needed.
     *
     * @throws InterruptedIOException if the thread is interrupted, which it stays; how many bytes
     *     were written before is in the exception
     * @throws IOException if they cannot be written, with a message such as {@code standard output:
     *     Broken pipe (EPIPE)}, or if this is closed, also while the write waits
     */
    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, source.length);
        if (!descriptor.begin()) {
            throw closed();
        }
        try {
            int done = 0;
            while (done < length) {
                int count = Math.min(PolledDescriptor.BUFFER_SIZE, length - done);
                MemorySegment.copy(
                        source,
                        offset + done,
                        descriptor.buffer(),
                        ValueLayout.JAVA_BYTE,
                        0,
                        count);
                send(count, done);
                done += count;
            }
        } catch (LinuxException e) {
            throw e.asIOException(name);
        } finally {
            descriptor.end();
        }
    }

    private void send(int length, int before) throws IOException {
        int sent = 0;
        while (sent < length) {
            awaitRoom(before + sent);
            long count = descriptor.tryWrite(sent, length - sent);
            if (count >= 0) {
                sent += (int) count;
            } else if (count == -Libc.EAGAIN()) {
                descriptor.pause(PAUSE);
            } else if (count != -Libc.EINTR()) {
                throw new LinuxException("write(" + name + ")", (int) -count);
            }
        }
    }

    private void awaitRoom(int written) throws IOException {
        PolledDescriptor.Wake wake;
        do {
            if (Thread.currentThread().isInterrupted()) {
                var interrupted = new InterruptedIOException(name + ": interrupted");
                interrupted.bytesTransferred = written;
                throw interrupted;
            }
            wake = descriptor.await(GLANCE);
        } while (wake == PolledDescriptor.Wake.TIMED_OUT);
        if (wake == PolledDescriptor.Wake.CLOSED) {
            throw closed();
        }
    }

    private IOException closed() {
        return new IOException(name + " is closed");
    }

    /**
     * Ends the writing: whoever waits gets an {@link IOException}. Does not wait for them, and does
     * not close the descriptor. Does nothing the second time.
     */
    @Override
    public void close() {
        descriptor.close();
    }
}
