package kvm4j.boot;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * What of an image goes where, and where it is entered.
 *
 * @param segments what to put into memory
 * @param entry physical address of the first instruction, below 4 GiB
 */
record LoadPlan(List<ElfFile.Segment> segments, long entry) {

    private static final long FOUR_GIB = 1L << 32;

    /** Makes sure that the entry is in what is loaded, and where the entry states reach. */
    LoadPlan {
        long start = entry;
        if (start < 0
                || start >= FOUR_GIB
                || segments.stream().noneMatch(segment -> segment.contains(start))) {
            throw new ImageException(
                    "the entry point 0x%x is not in what the image loads below 4 GiB"
                            .formatted(start));
        }
    }

    static LoadPlan of(ElfFile file) {
        return new LoadPlan(file.segments(), file.entry());
    }

    LoadPlan withEntry(long otherEntry) {
        return new LoadPlan(segments, otherEntry);
    }

    /**
     * A plan that a multiboot header's addresses make.
     *
     * @param image the whole file
     * @param offset of what goes to {@code start}
     * @param start physical address of the first byte
     * @param contentsEnd physical address behind the contents, or 0 for all of the file
     * @param end physical address behind the zeros after them, or 0 for none
     * @param entry physical address of the first instruction
     */
    static LoadPlan addressed(
            ImageReader image, long offset, long start, long contentsEnd, long end, long entry) {
        long contentsLength = contentsEnd == 0 ? image.size() - offset : contentsEnd - start;
        MemorySegment contents = image.slice(offset, contentsLength);
        long length = Math.max(end - start, contentsLength);
        return new LoadPlan(List.of(new ElfFile.Segment(start, start, length, contents)), entry);
    }

    /**
     * Copies the segments to their physical addresses.
     *
     * @throws ImageException if one does not fit, or overlaps something else
     */
    void place(ImageMemory memory) {
        for (ElfFile.Segment segment : segments) {
            memory.place(
                    "a segment of the image",
                    segment.address(),
                    segment.length(),
                    segment.contents());
        }
    }

    /** {@return the address behind the highest segment} */
    long end() {
        return segments.stream()
                .mapToLong(segment -> segment.address() + segment.length())
                .max()
                .orElse(0);
    }
}
