package kvm4j.cli;

import kvm4j.linux.LinuxException;
import kvm4j.linux.NativeAccess;
import kvm4j.linux.StandardError;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
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
        target().write(value);
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
        target().write(source, offset, length);
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
