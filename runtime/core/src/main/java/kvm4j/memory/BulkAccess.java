package kvm4j.memory;

import java.lang.foreign.MemorySegment;
import java.util.function.LongConsumer;

/**
 * Copies and fills of any size, a slice at a time. The JVM cannot stop a thread in the midst of one
 * of {@link MemorySegment}'s, so that one of gigabytes, which a guest may ask for, would hold up
 * every thread that waits for a safepoint, for as many seconds. Between two slices it can: as their
 * length is no constant, the compiler takes the safepoint out of neither loop.
 */
final class BulkAccess {

    /** A tenth of a millisecond, or one if the kernel has to find each page first. */
    private static final long SLICE = 256 << 10;

    private static final MemorySegment ZEROS =
            MemorySegment.ofArray(new byte[(int) GuestMemory.PAGE_SIZE]).asReadOnly();

    private BulkAccess() {}

    /** As {@link MemorySegment#copyFrom}, also where the two overlap. */
    static void copy(MemorySegment source, MemorySegment target) {
        long length = source.byteSize();
        if (source.asOverlappingSlice(target).isPresent() && source.address() < target.address()) {
            copyBackwards(source, target, length);
            return;
        }
        long done = 0;
        while (done < length) {
            long step = Math.min(SLICE, length - done);
            MemorySegment.copy(source, done, target, done, step);
            done += step;
        }
    }

    private static void copyBackwards(MemorySegment source, MemorySegment target, long length) {
        long left = length;
        while (left > 0) {
            long step = Math.min(SLICE, left);
            left -= step;
            MemorySegment.copy(source, left, target, left, step);
        }
    }

    static void fill(MemorySegment target, byte value) {
        long done = 0;
        while (done < target.byteSize()) {
            long step = Math.min(SLICE, target.byteSize() - done);
            target.asSlice(done, step).fill(value);
            done += step;
        }
    }

    /**
     * Copies whole pages to where there are zeros, and leaves out those that are zero.
     *
     * @param copied told the offset of each page that is copied
     */
    static void copyNonZeroPages(MemorySegment source, MemorySegment target, LongConsumer copied) {
        long page = ZEROS.byteSize();
        long at = 0;
        while (at < source.byteSize()) {
            if (MemorySegment.mismatch(source, at, at + page, ZEROS, 0, page) >= 0) {
                MemorySegment.copy(source, at, target, at, page);
                copied.accept(at);
            }
            at += page;
        }
    }
}
