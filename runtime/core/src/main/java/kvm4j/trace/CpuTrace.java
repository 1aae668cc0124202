package kvm4j.trace;

import java.lang.foreign.MemorySegment;

/** What one processor recorded, from page to page. */
final class CpuTrace {

    private final int cpu;
    private final MemorySegment pages;
    private final PageLayout layout;
    private long next;
    private RingBufferPage page;
    private boolean atGap;

    /**
     * Starts before the first record.
     *
     * @param cpu the processor's number
     * @param pages its pages, one after another; the last may be cut
     * @param layout how they are laid out
     */
    CpuTrace(int cpu, MemorySegment pages, PageLayout layout) {
        this.cpu = cpu;
        this.pages = pages;
        this.layout = layout;
        this.page = new RingBufferPage(MemorySegment.NULL, layout);
    }

    int cpu() {
        return cpu;
    }

    /**
     * Goes to the next record, or to where some are missing.
     *
     * @return false at the end
     */
    boolean next() {
        atGap = false;
        while (!page.next()) {
            if (next >= pages.byteSize()) {
                return false;
            }
            long size = Math.min(layout.pageSize(), pages.byteSize() - next);
            page = new RingBufferPage(pages.asSlice(next, size), layout);
            next += layout.pageSize();
            if (page.missed() != 0) {
                atGap = true;
                return true;
            }
        }
        return true;
    }

    /** Whether records are missing here: then there is no {@link #record()}. */
    boolean isAtGap() {
        return atGap;
    }

    /** How many are missing, or {@link RingBufferPage#UNCOUNTED}. */
    long missed() {
        return page.missed();
    }

    /** When, in nanoseconds of the trace's clock. */
    long time() {
        return atGap ? page.begin() : page.time();
    }

    /** The record's bytes. */
    MemorySegment record() {
        return page.record();
    }
}
