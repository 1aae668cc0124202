package kvm4j.boot;

import kvm4j.memory.GuestMemory;

import java.util.OptionalLong;

/**
 * Where a program that need not be where it was linked may be instead.
 *
 * @param alignment its address is a multiple of this, a power of two
 * @param lowest the lowest address of its first byte
 * @param highest the highest address of its last byte, below 4 GiB
 * @param preference which of the addresses to take
 */
record Mobility(long alignment, long lowest, long highest, Preference preference) {

    /** Which address to take where there is a choice. */
    enum Preference {
        /** The one that the program was linked for, if there is room. */
        AS_LINKED,
        /** The lowest. */
        LOWEST,
        /** The highest. */
        HIGHEST
    }

    private static final String NAME = "the image";

    /**
     * Checks the alignment.
     *
     * @throws ImageException if it is no power of two
     */
    Mobility {
        if (Long.bitCount(alignment) != 1 || alignment < 0) {
            throw new ImageException(
                    "the image wants an alignment of 0x%x, which is no power of two"
                            .formatted(alignment));
        }
        highest = Math.min(highest, ImageMemory.FOUR_GIB - 1);
    }

    /** What an ELF file may do that says of itself that it is position-independent. */
    static Mobility of(ElfFile file) {
        return new Mobility(
                Math.max(file.alignment(), GuestMemory.PAGE_SIZE),
                0,
                ImageMemory.FOUR_GIB - 1,
                Preference.AS_LINKED);
    }

    /**
     * Chooses an address.
     *
     * @param memory the memory
     * @param linked the address that the program was linked for; 0 if it was linked for none
     * @param length how much memory the program needs, in bytes
     * @return how far to move it
     * @throws ImageException if there is no room
     */
    long distance(ImageMemory memory, long linked, long length) {
        long base = linked & -alignment;
        long span = linked - base + length;
        return choose(memory, base, span)
                        .orElseThrow(() -> memory.noRoom(NAME, span, lowest, highest + 1))
                - base;
    }

    private OptionalLong choose(ImageMemory memory, long base, long span) {
        long high = Math.max(lowest, MemoryMap.HIGH_START);
        long end = Math.min(highest + 1, memory.map().usableEnd(MemoryMap.HIGH_START));
        OptionalLong place =
                switch (preference) {
                    case AS_LINKED ->
                            suits(memory, base, span)
                                    ? OptionalLong.of(base)
                                    : memory.lowestFree(span, alignment, high, end);
                    case LOWEST -> memory.lowestFree(span, alignment, high, end);
                    case HIGHEST -> memory.highestFree(span, alignment, high, end);
                };
        return place.isPresent()
                ? place
                : memory.lowestFree(
                        span,
                        alignment,
                        Math.max(lowest, GuestMemory.PAGE_SIZE),
                        Math.min(highest + 1, MemoryMap.LOW_END));
    }

    /** Address 0 is what linkers give a program that may be anywhere. */
    private boolean suits(ImageMemory memory, long base, long span) {
        boolean acrossGap = base < MemoryMap.HIGH_START && base + span > MemoryMap.LOW_END;
        return base != 0
                && base >= lowest
                && base + span - 1 <= highest
                && !acrossGap
                && memory.isFree(base, span);
    }
}
