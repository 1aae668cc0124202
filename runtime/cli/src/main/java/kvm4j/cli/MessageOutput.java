package kvm4j.cli;

import kvm4j.linux.LinuxException;
import kvm4j.linux.StandardError;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;

/**
 * Standard error. To close it ends the wait of whoever writes what nobody reads, once native calls
 * may be made; what is written before, about the command line, waits as any program does.
 */
final class MessageOutput extends OutputStream {

    private final OutputStream plain = new FileOutputStream(FileDescriptor.err);
    private OutputStream target = plain;
    private boolean mayBePolled;
    private boolean opened;
    private boolean closed;

    /** Says that native calls may be made from now on, on any thread. */
    synchronized void nativeCallsAreReady() {
        mayBePolled = true;
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
        try {
            target().write(source, offset, length);
        } catch (InterruptedIOException e) {
            throw e;
        } catch (IOException refused) {
            withoutPolling(refused).write(source, offset, length);
        }
    }

    /** Opened when there is something to say: most runs say nothing. */
    private synchronized OutputStream target() throws IOException {
        if (closed) {
            throw new IOException("standard error is closed");
        }
        if (mayBePolled && !opened) {
            opened = true;
            try {
                target = new StandardError();
            } catch (LinuxException refused) {
                return plain;
            }
        }
        return target;
    }

    /** Where {@code poll(2)} is refused, that has to be told, too. */
    private synchronized OutputStream withoutPolling(IOException refusal) throws IOException {
        if (closed || target == plain) {
            throw refusal;
        }
        target = plain;
        return plain;
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        if (target != plain) {
            target.close();
        }
    }
}
