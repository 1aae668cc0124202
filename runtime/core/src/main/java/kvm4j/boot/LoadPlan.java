package kvm4j.boot;

import kvm4j.boot.ElfFile.Segment;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * What of an image goes where, and where it is entered.
 *
 * @param segments what to put into memory
 * @param entry physical address of the first instruction, below 4 GiB
 * @param mobility where else it may be, if it may
 * @param relocations what depends on where it is
 */
record LoadPlan(
        List<Segment> segments,
        long entry,
        Optional<Mobility> mobility,
        ElfRelocations relocations) {

    /** Makes sure that the entry is in what is loaded, and where the entry states reach. */
    LoadPlan {
        long start = entry;
        boolean loaded = segments.stream().anyMatch(segment -> segment.contains(start));
        boolean reached = start >= 0 && (start < ImageMemory.FOUR_GIB || mobility.isPresent());
        if (!loaded || !reached) {
            throw new ImageException(
                    "the entry point 0x%x is not in what the image loads below 4 GiB"
                            .formatted(start));
        }
    }

    /** A plan for what starts where the ELF file says. */
    static LoadPlan of(ElfFile file) {
        return enteredAt(file, physicalEntry(file));
    }

    /**
     * A plan for what starts elsewhere.
     *
     * @param file what to load
     * @param entry the physical address of the first instruction, as linked
     */
    static LoadPlan enteredAt(ElfFile file, long entry) {
        return new LoadPlan(
                file.segments(),
                entry,
                file.movable() ? Optional.of(Mobility.of(file)) : Optional.empty(),
                file.relocations());
    }

    /**
     * The ELF file's entry is an address of the program. Some kernels that are linked high have the
     * physical one there instead.
     */
    private static long physicalEntry(ElfFile file) {
        long entry = file.entry();
        return file.segments().stream()
                .filter(segment -> segment.containsVirtual(entry))
                .mapToLong(segment -> segment.toPhysical(entry))
                .findFirst()
                .orElse(entry);
    }

    /** This plan for an image that says it can be elsewhere, and relocates itself then. */
    LoadPlan withMobility(Mobility freedom) {
        return new LoadPlan(segments, entry, Optional.of(freedom), relocations.harmless());
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
        return new LoadPlan(
                List.of(new Segment(start, start, length, contents)),
                entry,
                Optional.empty(),
                ElfRelocations.NONE);
    }

    /**
     * Puts the segments into memory: where they are linked to be or, if they may be elsewhere,
     * where there is room.
     *
     * @return the plan as it was carried out
     * @throws ImageException if a segment does not fit, or overlaps something else
     */
    LoadPlan place(ImageMemory memory) {
        long start = start();
        long distance =
                mobility.map(freedom -> freedom.distance(memory, start, end() - start)).orElse(0L);
        List<Segment> moved = segments.stream().map(segment -> segment.moved(distance)).toList();
        memory.load(moved);
        relocations.apply(memory, distance);
        return new LoadPlan(moved, entry + distance, Optional.empty(), ElfRelocations.NONE);
    }

    /** {@return the address of the lowest segment} */
    long start() {
        return segments.stream().mapToLong(Segment::address).min().orElse(0);
    }

    /** {@return the address behind the highest segment} */
    long end() {
        return segments.stream().mapToLong(Segment::end).max().orElse(0);
    }
}
