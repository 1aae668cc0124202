package kvm4j.trace;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A page of the kernel's ring buffer, as {@code trace_pipe_raw} gives it: a time, how many bytes
 * are used, and records, each of which tells its length and the time since the one before
 * (include/linux/ring_buffer.h). Goes from record to record; stops where the page is cut, or makes
 * no sense.
 */
final class RingBufferPage {

    private static final int PADDING = 29;
    private static final int TIME_EXTEND = 30;
    private static final int TIME_STAMP = 31;

    private static final int TIME_BITS = 27;
    private static final int TIME_MASK = (1 << TIME_BITS) - 1;

    /** The part of a time that a stamp has; the rest is that of the page. */
    private static final long STAMP_MASK = (1L << 59) - 1;

    private static final int USED_MASK = (1 << 20) - 1;
    private static final int MISSED = 1 << 31;
    private static final int MISSED_STORED = 1 << 30;

    /** Records were lost, but the page had no room for how many. */
    static final long UNCOUNTED = -1;

    private final MemorySegment page;
    private final long end;
    private final long missed;
    private long position;
    private long time;
    private MemorySegment record = MemorySegment.NULL;

    /**
     * Starts before the first record.
     *
     * @param page the page, or as much of it as there is
     * @param layout how pages are laid out
     */
    RingBufferPage(MemorySegment page, PageLayout layout) {
        this.page = page;
        this.position = layout.dataOffset();
        int commit = 0;
        if (page.byteSize() >= layout.dataOffset()) {
            time = page.get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
            commit = page.get(ValueLayout.JAVA_INT_UNALIGNED, layout.commitOffset());
        }
        this.end = Math.min(page.byteSize(), position + (commit & USED_MASK));
        this.missed = (commit & MISSED) == 0 ? 0 : countOfMissed(commit);
    }

    private long countOfMissed(int commit) {
        boolean counted = (commit & MISSED_STORED) != 0 && end + Long.BYTES <= page.byteSize();
        return counted ? page.get(ValueLayout.JAVA_LONG_UNALIGNED, end) : UNCOUNTED;
    }

    /** When the page began, in nanoseconds of the trace's clock. */
    long begin() {
        return page.byteSize() < Long.BYTES ? 0 : page.get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
    }

    /** How many records were lost before this page: 0 for none, or {@link #UNCOUNTED}. */
    long missed() {
        return missed;
    }

    /** When the record was made, in nanoseconds of the trace's clock. */
    long time() {
        return time;
    }

    /** The record's bytes, the common fields first. */
    MemorySegment record() {
        return record;
    }

    /**
     * Goes to the next record.
     *
     * @return false if there is none
     */
    boolean next() {
        while (position + Integer.BYTES <= end) {
            int header = intAt(position);
            int type = header & 31;
            long delta = header >>> 32 - TIME_BITS & TIME_MASK;
            switch (type) {
                case PADDING -> {
                    if (delta == 0 || !skip()) {
                        return false;
                    }
                }
                case TIME_EXTEND, TIME_STAMP -> {
                    if (position + 2 * Integer.BYTES > end) {
                        return false;
                    }
                    long high = intAt(position + Integer.BYTES) & 0xffff_ffffL;
                    long value = (high << TIME_BITS) + delta;
                    time = type == TIME_EXTEND ? time + value : time & ~STAMP_MASK | value;
                    position += 2 * Integer.BYTES;
                }
                default -> {
                    time += delta;
                    return take(type);
                }
            }
        }
        return false;
    }

    /** Skips a record that was discarded. */
    private boolean skip() {
        if (position + 2 * Integer.BYTES > end) {
            return false;
        }
        long length = intAt(position + Integer.BYTES) & 0xffff_ffffL;
        position += Integer.BYTES + Math.max(length, Integer.BYTES);
        return true;
    }

    private boolean take(int type) {
        long start = position + Integer.BYTES;
        long length = (long) type * Integer.BYTES;
        if (type == 0) {
            if (start + Integer.BYTES > end) {
                return false;
            }
            length = (intAt(start) & 0xffff_ffffL) - Integer.BYTES;
            start += Integer.BYTES;
        }
        if (length <= 0 || start + length > end) {
            return false;
        }
        record = page.asSlice(start, length);
        position = start + (length + 3 & ~3L);
        return true;
    }

    private int intAt(long offset) {
        return page.get(ValueLayout.JAVA_INT_UNALIGNED, offset);
    }
}
