package kvm4j.cli;

import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * What was typed and the guest has not read yet. There is room for more than anybody types or
 * pastes, so that the keys that leave the guest work even if it never reads.
 */
final class TypedKeys extends InputStream {

    private static final int CAPACITY = 1 << 20;
    private static final int END = -1;

    private final BlockingQueue<Integer> queue = new LinkedBlockingQueue<>(CAPACITY);
    private volatile boolean ended;

    /**
     * Adds a byte.
     *
     * @return whether there was room
     */
    boolean add(int key) {
        return queue.offer(key);
    }

    /** Nothing more will be typed. */
    void end() {
        ended = true;
        queue.offer(END);
    }

    /** Waits for a byte; -1 if all is read and nothing more will come. */
    @Override
    public int read() throws InterruptedIOException {
        if (ended && queue.isEmpty()) {
            return END;
        }
        try {
            return queue.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        }
    }

    /** Waits for a byte, and reads no more than that. */
    @Override
    public int read(byte[] target, int offset, int length) throws InterruptedIOException {
        if (length == 0) {
            return 0;
        }
        int next = read();
        if (next == END) {
            return END;
        }
        target[offset] = (byte) next;
        return 1;
    }
}
