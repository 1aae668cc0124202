package kvm4j.testing;

import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Queue;

/** What is typed at a guest, until it is closed. */
final class TypedInput extends InputStream {

    private final Queue<byte[]> typed = new ArrayDeque<>();
    private int position;
    private boolean closed;

    synchronized void type(byte[] bytes) {
        if (bytes.length > 0) {
            typed.add(bytes.clone());
            notifyAll();
        }
    }

    @Override
    public int read() {
        byte[] single = new byte[1];
        return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
    }

    @Override
    public synchronized int read(byte[] target, int offset, int length) {
        while (typed.isEmpty()) {
            if (closed) {
                return -1;
            }
            try {
                wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return -1;
            }
        }
        byte[] first = typed.element();
        int count = Math.min(length, first.length - position);
        System.arraycopy(first, position, target, offset, count);
        position += count;
        if (position == first.length) {
            typed.remove();
            position = 0;
        }
        return count;
    }

    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
    }
}
