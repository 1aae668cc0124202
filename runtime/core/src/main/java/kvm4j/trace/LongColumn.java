package kvm4j.trace;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Numbers one after another, as many as come. They stay where they are as more come: who adds one
 * on the way of an exit never waits for the others to be copied.
 */
final class LongColumn {

    private static final int CHUNK_BITS = 13;
    private static final int CHUNK = 1 << CHUNK_BITS;

    private final List<long[]> chunks = new ArrayList<>();
    private int size;

    void add(long value) {
        if (size == chunks.size() << CHUNK_BITS) {
            chunks.add(new long[CHUNK]);
        }
        chunks.get(size >> CHUNK_BITS)[size & CHUNK - 1] = value;
        size++;
    }

    long get(int index) {
        return chunkOf(index)[index & CHUNK - 1];
    }

    void set(int index, long value) {
        chunkOf(index)[index & CHUNK - 1] = value;
    }

    private long[] chunkOf(int index) {
        return chunks.get(Objects.checkIndex(index, size) >> CHUNK_BITS);
    }

    int size() {
        return size;
    }
}
