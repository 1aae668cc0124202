package kvm4j.boot;

import kvm4j.boot.ElfFile.Segment;
import kvm4j.memory.GuestMemory;
import kvm4j.memory.GuestRegion;
import kvm4j.memory.StructWriter;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * Guest memory while an image is put into it: every part has a place of its own, and what does not
 * fit is an {@link ImageException}.
 */
final class ImageMemory {

    /** The end of what 32-bit mode reaches. */
    static final long FOUR_GIB = 1L << 32;

    private record Part(String name, long address, long length) {

        boolean overlaps(long otherAddress, long otherLength) {
            return length > 0
                    && otherLength > 0
                    && address < otherAddress + otherLength
                    && otherAddress < end();
        }

        long end() {
            return address + length;
        }
    }

    private static final String SEGMENT = "a segment of the image";

    private final GuestMemory memory;
    private final List<Part> parts = new ArrayList<>();

    ImageMemory(GuestMemory memory) {
        this.memory = memory;
    }

    /** {@return what the guest is told of the memory} */
    MemoryMap map() {
        return MemoryMap.of(memory);
    }

    /** {@return a window on the memory, which has to be there} */
    MemorySegment slice(long address, long length) {
        return memory.slice(address, length);
    }

    /**
     * Puts a program into memory: first the zeros, then what the file holds, so that the zeros of
     * one segment may lie under another. The zeros of fresh memory cost nothing.
     *
     * @throws ImageException if a segment is where no memory is, or holds the same memory as
     *     something else, other than with the same bytes of the file
     */
    void load(List<Segment> segments) {
        for (Segment segment : segments) {
            requireFree(SEGMENT, segment.address(), segment.length());
        }
        requireContentsApart(segments);
        clearBehindContents(segments);
        for (Segment segment : segments) {
            memory.write(segment.address(), segment.contents());
            parts.add(new Part(SEGMENT, segment.address(), segment.length()));
        }
    }

    private static void requireContentsApart(List<Segment> segments) {
        for (int i = 0; i < segments.size(); i++) {
            Segment one = segments.get(i);
            Part contents = new Part(SEGMENT, one.address(), one.contents().byteSize());
            for (Segment other : segments.subList(0, i)) {
                long length = other.contents().byteSize();
                if (contents.overlaps(other.address(), length) && !isSame(one, other)) {
                    throw overlap(contents, new Part(SEGMENT, other.address(), length));
                }
            }
        }
    }

    /** Linkers let segments share a page, and then both hold what the file has there. */
    private static boolean isSame(Segment one, Segment other) {
        return one.contents().byteSize() > 0
                && other.contents().byteSize() > 0
                && one.contents().address() - one.address()
                        == other.contents().address() - other.address();
    }

    /** Each byte once, however many segments want it to be zero. */
    private void clearBehindContents(List<Segment> segments) {
        List<Part> zeros = new ArrayList<>();
        for (Segment segment : segments) {
            long held = segment.contents().byteSize();
            zeros.add(new Part(SEGMENT, segment.address() + held, segment.length() - held));
        }
        zeros.sort((part, other) -> Long.compare(part.address, other.address));
        long cleared = 0;
        for (Part part : zeros) {
            long from = Math.max(cleared, part.address);
            if (from < part.end()) {
                memory.fill(from, part.end() - from, (byte) 0);
                cleared = part.end();
            }
        }
    }

    /**
     * Reserves a range, and clears it.
     *
     * @param name what the range is for, for messages
     * @param address guest-physical, possibly from the image itself
     * @param length in bytes, likewise
     * @return the range's memory
     */
    MemorySegment claim(String name, long address, long length) {
        reserve(name, address, length);
        memory.fill(address, length, (byte) 0);
        return memory.slice(address, length);
    }

    /** Reserves a range and fills it. */
    void place(String name, long address, MemorySegment contents) {
        place(name, address, contents.byteSize(), contents);
    }

    /** Reserves a range and fills its beginning; what the rest holds does not matter. */
    void place(String name, long address, long length, MemorySegment contents) {
        reserve(name, address, length);
        memory.write(address, contents);
    }

    /** Reserves a range, without a look at what is in it. */
    void reserve(String name, long address, long length) {
        requireFree(name, address, length);
        parts.add(new Part(name, address, length));
    }

    private void requireFree(String name, long address, long length) {
        if (address < 0 || !memory.contains(address, length)) {
            throw new ImageException(
                    "%s (%s bytes at 0x%x) does not fit into the guest's memory: %s"
                            .formatted(name, Long.toUnsignedString(length), address, ram()));
        }
        Part obstacle = obstacle(address, length);
        if (obstacle != null) {
            throw overlap(new Part(name, address, length), obstacle);
        }
    }

    private static ImageException overlap(Part part, Part obstacle) {
        return new ImageException(
                "%s (0x%x to 0x%x) overlaps %s (0x%x to 0x%x)"
                        .formatted(
                                part.name,
                                part.address,
                                part.end(),
                                obstacle.name,
                                obstacle.address,
                                obstacle.end()));
    }

    /** {@return whether there is memory for a range that nothing is in yet} */
    boolean isFree(long address, long length) {
        return address >= 0
                && memory.contains(address, length)
                && obstacle(address, length) == null;
    }

    /**
     * Finds the lowest free range.
     *
     * @param alignment a power of two, of which its address is a multiple
     * @param from the lowest address
     * @param to the highest end
     * @return its address, or empty if there is no room
     */
    OptionalLong lowestFree(long length, long alignment, long from, long to) {
        long address = alignUp(from, alignment);
        while (address >= from && length <= to - address && memory.contains(address, length)) {
            Part obstacle = obstacle(address, length);
            if (obstacle == null) {
                return OptionalLong.of(address);
            }
            address = alignUp(obstacle.end(), alignment);
        }
        return OptionalLong.empty();
    }

    /** Likewise the highest. */
    OptionalLong highestFree(long length, long alignment, long from, long to) {
        long address = alignDown(to - length, alignment);
        while (address >= from && memory.contains(address, length)) {
            Part obstacle = obstacle(address, length);
            if (obstacle == null) {
                return OptionalLong.of(address);
            }
            address = alignDown(obstacle.address - length, alignment);
        }
        return OptionalLong.empty();
    }

    /** Finds the lowest free range, claims and clears it. */
    Placed allocate(String name, long length, long alignment, long from, long to) {
        OptionalLong address = lowestFree(length, alignment, from, to);
        return placed(name, address.orElseThrow(() -> noRoom(name, length, from, to)), length);
    }

    private Placed placed(String name, long address, long length) {
        return new Placed(address, claim(name, address, length));
    }

    /**
     * A range that was claimed.
     *
     * @param address guest-physical
     * @param bytes its memory, all zero
     */
    record Placed(long address, MemorySegment bytes) {

        StructWriter writer() {
            return new StructWriter(bytes);
        }
    }

    private Part obstacle(long address, long length) {
        for (Part part : parts) {
            if (part.overlaps(address, length)) {
                return part;
            }
        }
        return null;
    }

    /** An exception for what fits nowhere in a range. */
    ImageException noRoom(String name, long length, long from, long to) {
        return new ImageException(
                "there is no room for %s (%d bytes) from 0x%x to 0x%x in the guest's memory: %s"
                        .formatted(name, length, from, to, ram()));
    }

    private static long alignUp(long address, long alignment) {
        return alignDown(address + alignment - 1, alignment);
    }

    private static long alignDown(long address, long alignment) {
        return address & -alignment;
    }

    private String ram() {
        List<String> ranges = new ArrayList<>();
        for (GuestRegion region : memory.regions()) {
            ranges.add("0x%x to 0x%x".formatted(region.address(), region.end()));
        }
        return String.join(", ", ranges);
    }
}
