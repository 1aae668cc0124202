package kvm4j.memory;

import java.lang.foreign.MemorySegment;

/**
 * A range of guest-physical addresses that host memory stands behind.
 *
 * @param address the guest-physical address (GPA) of its first byte, a multiple of 4096
 * @param segment the host memory, a whole number of pages
 * @param access what the guest may do with it
 */
public record GuestRegion(long address, MemorySegment segment, Access access) {

    /** What the guest may do with a region. The host may always do both. */
    public enum Access {
        /** Reads and writes: RAM. */
        READ_WRITE,
        /** Reads; a write is an MMIO exit, and nothing changes: ROM. */
        READ_ONLY
    }

    /**
     * How long it is.
     *
     * @return bytes
     */
    public long size() {
        return segment.byteSize();
    }

    /**
     * Where it ends.
     *
     * @return the guest-physical address behind its last byte
     */
    public long end() {
        return address + size();
    }

    // A record's own two would be linked when the first memory slot is made.

    @Override
    public boolean equals(Object other) {
        return other instanceof GuestRegion that
                && address == that.address
                && access == that.access
                && segment.equals(that.segment);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(address);
    }

    boolean contains(long gpa, long length) {
        long offset = gpa - address;
        return offset >= 0 && length <= size() && offset <= size() - length;
    }
}
