package kvm4j.boot;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The notes of an ELF file that a loader here looks for, those of owner "Xen" (System V ABI,
 * chapter 5, "Note Section"). The others are skipped, however long they are; where a segment of
 * notes is damaged, what follows in it does not count.
 */
final class ElfNotes {

    /**
     * A note.
     *
     * @param type what it is about
     * @param contents its bytes
     */
    record Note(long type, ImageReader contents) {

        /** {@return the little-endian number of 32 or 64 bits that the contents begin with} */
        long number() {
            return contents.size() >= Long.BYTES ? contents.u64(0) : contents.u32(0);
        }
    }

    private static final String OWNER = "Xen";

    /** Limits on what is looked at and kept, so that no image takes long to refuse. */
    private static final int MAXIMUM_LOOKED_AT = 0x1_0000;

    private static final int MAXIMUM_FOUND = 1024;

    private static final int HEADER = 12;
    private static final int USUAL_ALIGNMENT = 4;
    private static final int WIDE_ALIGNMENT = 8;

    private final List<Note> found = new ArrayList<>();
    private int lookedAt;

    /**
     * Looks at a segment of notes. Where linker scripts put notes of both alignments into one
     * segment, its alignment tells of one of them only: if there is nothing of ours at that, the
     * other one is tried.
     *
     * @param segment its bytes
     * @param segmentAlignment what the program header says, of which 8 alone changes the layout
     */
    void read(MemorySegment segment, long segmentAlignment) {
        int before = found.size();
        boolean wide = segmentAlignment == WIDE_ALIGNMENT;
        readAligned(segment, wide ? WIDE_ALIGNMENT : USUAL_ALIGNMENT);
        if (found.size() == before) {
            readAligned(segment, wide ? USUAL_ALIGNMENT : WIDE_ALIGNMENT);
        }
    }

    private void readAligned(MemorySegment segment, int alignment) {
        ImageReader reader = new ImageReader(segment, "a note of the ELF file");
        long at = 0;
        while (reader.contains(at, HEADER) && lookedAt++ < MAXIMUM_LOOKED_AT) {
            long ownerLength = reader.u32(at);
            long contents = aligned(at + HEADER + ownerLength, alignment);
            long length = reader.u32(at + 4);
            if (!reader.contains(contents, length)) {
                return;
            }
            if (isOurs(reader, at + HEADER, ownerLength) && found.size() < MAXIMUM_FOUND) {
                ImageReader note =
                        new ImageReader(
                                reader.slice(contents, length),
                                "the ELF file's note of owner " + OWNER);
                found.add(new Note(reader.u32(at + 8), note));
            }
            at = aligned(contents + length, alignment);
        }
    }

    private static boolean isOurs(ImageReader reader, long owner, long length) {
        return length >= OWNER.length()
                && length <= OWNER.length() + 1L
                && reader.text(owner, length).equals(OWNER);
    }

    private static long aligned(long offset, int alignment) {
        return offset + alignment - 1 & -alignment;
    }

    List<Note> found() {
        return List.copyOf(found);
    }
}
