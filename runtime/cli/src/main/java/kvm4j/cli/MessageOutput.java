package kvm4j.cli;

import kvm4j.linux.LinuxException;
import kvm4j.linux.NativeAccess;
import kvm4j.linux.StandardError;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;

/**
 * Standard error, opened when there is something to say: most runs say nothing. To close it ends
 * the wait of whoever writes what nobody reads.
 */
final class MessageOutput extends OutputStream {

    private OutputStream target;
    private boolean closed;

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

    /** Where {@code poll(2)} is refused, that has to be told, too. */
    private synchronized OutputStream withoutPolling(IOException refusal) throws IOException {
        if (closed || !(target instanceof StandardError)) {
            throw refusal;
        }
        target = new FileOutputStream(FileDescriptor.err);
        return target;
    }

    private synchronized OutputStream target() throws IOException {
        if (closed) {
            throw new IOException("standard error is closed");
        }
        if (target == null) {
            target = open();
        }
        return target;
    }

    /** Where native calls are refused, that has to be told, too. */
    private static OutputStream open() {
        try {
            NativeAccess.require();
            return new StandardError();
        } catch (LinkageError | LinuxException refused) {
            return new FileOutputStream(FileDescriptor.err);
        }
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        if (target instanceof StandardError open) {
            open.close();
        }
    }
}
