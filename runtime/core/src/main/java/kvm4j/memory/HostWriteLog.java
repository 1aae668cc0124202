package kvm4j.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.LongConsumer;

/**
 * The pages of a {@link GuestMemory} that the host wrote since the log began, or since they were
 * last {@linkplain #collect collected}: devices, loaders, whoever writes through the memory's
 * methods or says so by {@link GuestMemory#markWritten}. What the guest wrote itself is in KVM's
 * dirty log; together they are all that changed.
 *
 * <p>A memory can have several logs, each of which has its own beginning. Any thread may use one. A
 * write that is in progress while the log begins or is collected may be in it or not; stop the
 * machine first where that matters.
 */
public final class HostWriteLog implements AutoCloseable {

    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

    private static final int PAGE_SHIFT = Long.numberOfTrailingZeros(GuestMemory.PAGE_SIZE);
    private static final int WORD_SHIFT = PAGE_SHIFT + 6;
    private static final int CHUNK_WORDS = 512;

    /** A chunk is 128 MiB of guest-physical addresses. */
    private static final int CHUNK_SHIFT = WORD_SHIFT + 9;

    private final GuestMemory memory;

    /** A bit for each page, made when a page of the chunk is first written. */
    private final AtomicReferenceArray<long[]> chunks;

    HostWriteLog(GuestMemory memory, long end) {
        this.memory = memory;
        this.chunks = new AtomicReferenceArray<>((int) (end - 1 >>> CHUNK_SHIFT) + 1);
    }

    /** Notes a write, after it was made: in memory, and not empty. */
    void mark(long gpa, long length) {
        long last = gpa + length - 1 >>> PAGE_SHIFT;
        for (long page = gpa >>> PAGE_SHIFT; page <= last; page = (page | Long.SIZE - 1) + 1) {
            long upwards = -1L << page;
            long downwards = (page | Long.SIZE - 1) <= last ? -1L : -1L >>> Long.SIZE - 1 - last;
            mark(page << PAGE_SHIFT, upwards & downwards, chunk(page << PAGE_SHIFT));
        }
    }

    private static void mark(long gpa, long pages, long[] chunk) {
        int word = (int) (gpa >>> WORD_SHIFT) & CHUNK_WORDS - 1;
        if (((long) WORD.getVolatile(chunk, word) & pages) != pages) {
            WORD.getAndBitwiseOr(chunk, word, pages);
        }
    }

    private long[] chunk(long gpa) {
        int index = (int) (gpa >>> CHUNK_SHIFT);
        long[] chunk = chunks.get(index);
        if (chunk != null) {
            return chunk;
        }
        chunks.compareAndSet(index, null, new long[CHUNK_WORDS]);
        return chunks.get(index);
    }

    /**
     * Takes the pages out of the log, lowest address first.
     *
     * @param visitor is given the guest-physical address of each page's first byte
     * @return how many there were
     */
    public long collect(LongConsumer visitor) {
        long count = 0;
        for (int index = 0; index < chunks.length(); index++) {
            long[] chunk = chunks.get(index);
            for (int word = 0; chunk != null && word < CHUNK_WORDS; word++) {
                if (chunk[word] != 0) {
                    long pages = (long) WORD.getAndSet(chunk, word, 0L);
                    long gpa = (long) index << CHUNK_SHIFT | (long) word << WORD_SHIFT;
                    count += visit(gpa, pages, visitor);
                }
            }
        }
        return count;
    }

    private static int visit(long gpa, long pages, LongConsumer visitor) {
        for (long left = pages; left != 0; left &= left - 1) {
            visitor.accept(gpa + ((long) Long.numberOfTrailingZeros(left) << PAGE_SHIFT));
        }
        return Long.bitCount(pages);
    }

    /**
     * Whether a page is in the log.
     *
     * @param gpa a guest-physical address in the page
     * @return whether the host wrote to it
     */
    public boolean contains(long gpa) {
        long index = gpa >>> CHUNK_SHIFT;
        long[] chunk = index < chunks.length() ? chunks.get((int) index) : null;
        return chunk != null
                && ((long) WORD.getVolatile(chunk, (int) (gpa >>> WORD_SHIFT) & CHUNK_WORDS - 1)
                                        >>> (gpa >>> PAGE_SHIFT)
                                & 1)
                        != 0;
    }

    /** Ends the logging. What was logged can still be collected. Does nothing the second time. */
    @Override
    public void close() {
        memory.end(this);
    }
}
