package kvm4j.machine;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * What a guest prints, on its way to whoever reads it: a queue that a vCPU's thread never waits at,
 * and a thread that empties it into a stream that may block.
 *
 * <p>What is printed is written within twice {@value #GATHERING_MILLISECONDS} ms, or at once when
 * the queue is {@linkplain #flush() flushed}. While the stream takes less than the guest prints the
 * queue fills; at {@value #ENOUGH} bytes the guest is held until they are written. So nothing is
 * lost, and what waits is bounded by that and what one exit of each processor can print.
 */
final class QueuedOutput extends OutputStream {

    /** How long bytes are gathered before they are written, in milliseconds. */
    static final int GATHERING_MILLISECONDS = 5;

    /** How much may wait before the guest does. */
    static final int ENOUGH = 64 << 10;

    private static final int FIRST_CAPACITY = 256;

    /** How often in a row there may be nothing to write before the thread waits to be told. */
    private static final int PATIENCE = 10;

    private final String name;
    private final OutputStream sink;
    private final Processors processors;
    private final Consumer<Outcome> ending;
    private final CompletableFuture<Void> delivered = new CompletableFuture<>();

    private byte[] queue = new byte[FIRST_CAPACITY];
    private byte[] spare = new byte[FIRST_CAPACITY];
    private int size;
    private int taken;
    private boolean holding;
    private boolean urgent;
    private boolean waiting;
    private boolean finishing;
    private Thread writer;

    /**
     * An empty queue.
     *
     * @param name what messages call the stream, such as {@code standard output}
     * @param sink where the bytes go; used by one thread
     * @param processors who is held while the stream takes too little
     * @param ending told if the stream fails
     */
    QueuedOutput(String name, OutputStream sink, Processors processors, Consumer<Outcome> ending) {
        this.name = name;
        this.sink = sink;
        this.processors = processors;
        this.ending = ending;
    }

    @Override
    public synchronized void write(int value) {
        if (size == queue.length) {
            queue = Arrays.copyOf(queue, size * 2);
        }
        queue[size++] = (byte) value;
        added();
    }

    @Override
    public synchronized void write(byte[] source, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, source.length);
        if (queue.length - size < length) {
            queue = Arrays.copyOf(queue, Math.max(size * 2, size + length));
        }
        System.arraycopy(source, offset, queue, size, length);
        size += length;
        added();
    }

    /** Has what was printed written at once. Does not wait for that. */
    @Override
    public synchronized void flush() {
        if (size > 0 && !urgent) {
            urgent = true;
            notifyAll();
        }
    }

    private void added() {
        if (delivered.isDone()) {
            size = 0; // the stream has failed, or nobody took what came before
        } else if (waiting) {
            waiting = false;
            notifyAll();
        } else if (writer == null) {
            startWriter();
        } else if (size >= ENOUGH && !holding) {
            holding = true;
            urgent = true;
            notifyAll();
            processors.hold(Kick.Reason.OUTPUT);
        }
    }

    private void startWriter() {
        Thread thread = Thread.ofPlatform().name("kvm4j-output").daemon().unstarted(this::writeAll);
        thread.start();
        writer = thread;
    }

    private void writeAll() {
        try {
            int count = take();
            while (count >= 0) {
                sink.write(spare, 0, count);
                if (isEmpty()) {
                    sink.flush();
                }
                count = take();
            }
            sink.flush();
        } catch (Throwable failure) {
            failed(failure);
        } finally {
            end();
        }
    }

    /**
     * Waits for bytes and takes them over as {@link #spare}.
     *
     * @return how many; -1 if there will be no more
     */
    private synchronized int take() throws InterruptedException {
        if (holding && size == 0) {
            holding = false;
            processors.release();
        }
        awaitBytes();
        if (size > 0 && !urgent && !finishing && size < ENOUGH) {
            wait(GATHERING_MILLISECONDS);
        }
        urgent = false;
        taken = size;
        if (size == 0) {
            return -1;
        }
        byte[] full = queue;
        queue = spare;
        spare = full;
        size = 0;
        return taken;
    }

    /** Looks for bytes from time to time, which costs who prints nothing, but not for ever. */
    private void awaitBytes() throws InterruptedException {
        int looks = 0;
        while (size == 0 && !finishing) {
            if (looks++ < PATIENCE) {
                wait(GATHERING_MILLISECONDS);
            } else {
                waiting = true;
                wait();
                looks = 0;
            }
        }
    }

    private synchronized boolean isEmpty() {
        return size == 0;
    }

    private void failed(Throwable failure) {
        if (!delivered.isDone()) {
            delivered.completeExceptionally(new PartFailure(name, failure));
            ending.accept(new Outcome.HostError(name, failure));
        }
    }

    private void end() {
        delivered.complete(null);
        synchronized (this) {
            size = 0;
            if (holding) {
                holding = false;
                processors.release();
            }
        }
    }

    /**
     * Has the rest written, when the guest prints no more.
     *
     * @return completed when that is done; with a {@link PartFailure} if the stream failed
     */
    synchronized CompletableFuture<Void> finish() {
        finishing = true;
        if (writer == null) {
            delivered.complete(null);
        }
        notifyAll();
        return delivered;
    }

    /**
     * Leaves to the stream what it has taken, as far as an interrupt does, and drops the rest.
     *
     * @return how many bytes are not written yet, at most
     */
    synchronized int giveUp() {
        return giveUp(() -> delivered.complete(null));
    }

    /**
     * Gives up as {@link #giveUp()} does, and lets that be the failure of the stream.
     *
     * @return how many bytes are not written yet, at most
     */
    synchronized int fail() {
        var lost = new IOException("nobody takes what the guest printed last, which is lost");
        return giveUp(() -> delivered.completeExceptionally(new PartFailure(name, lost)));
    }

    private int giveUp(Runnable delivery) {
        if (writer == null || delivered.isDone()) {
            return 0;
        }
        delivery.run();
        writer.interrupt();
        return taken + size;
    }

    /** What messages call the stream. */
    String name() {
        return name;
    }

    /** Whether the calling thread is the one that writes. */
    boolean isWrittenByCaller() {
        return Thread.currentThread() == writer;
    }
}
