package kvm4j.boot;

import kvm4j.memory.GuestMemory;
import kvm4j.memory.GuestRegion;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Guest memory while an image is put into it: every part has a place of its own, and what does not
 * fit is an {@link ImageException}.
 */
final class ImageMemory {

    private record Part(String name, long address, long length) {
        boolean overlaps(long otherAddress, long otherLength) {
            return address < otherAddress + otherLength && otherAddress < address + length;
        }
    }

    private final GuestMemory memory;
    private final List<Part> parts = new ArrayList<>();

    ImageMemory(GuestMemory memory) {
        this.memory = memory;
    }

    /** {@return what the guest is told of the memory} */
    MemoryMap map() {
        return MemoryMap.of(memory);
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
        if (address < 0 || !memory.contains(address, length)) {
            throw new ImageException(
                    "%s (%s bytes at 0x%x) does not fit into the guest's memory: %s"
                            .formatted(name, Long.toUnsignedString(length), address, ram()));
        }
        Part part = obstacle(address, length);
        if (part != null) {
            throw new ImageException(
                    "%s (0x%x to 0x%x) overlaps %s (0x%x to 0x%x)"
                            .formatted(
                                    name,
                                    address,
                                    address + length,
                                    part.name,
                                    part.address,
                                    part.address + part.length));
        }
        parts.add(new Part(name, address, length));
        return memory.slice(address, length).fill((byte) 0);
    }

    /** Claims a range and fills its beginning. */
    void place(String name, long address, long length, MemorySegment contents) {
        claim(name, address, length).copyFrom(contents);
    }

    /** Finds the lowest free range, claims and clears it. */
    Placed allocate(String name, long length, long alignment, long from, long to) {
        long address = alignUp(from, alignment);
        while (true) {
            if (length > to - address || !memory.contains(address, length)) {
                throw noRoom(name, length, from, to);
            }
            Part obstacle = obstacle(address, length);
            if (obstacle == null) {
                return new Placed(address, claim(name, address, length));
            }
            address = alignUp(obstacle.address + obstacle.length, alignment);
        }
    }

    /** Finds the highest free range that ends at most at {@code to}, claims and clears it. */
    Placed allocateHigh(String name, long length, long alignment, long from, long to) {
        long address = alignDown(to - length, alignment);
        while (true) {
            if (address < from || !memory.contains(address, length)) {
                throw noRoom(name, length, from, to);
            }
            Part obstacle = obstacle(address, length);
            if (obstacle == null) {
                return new Placed(address, claim(name, address, length));
            }
            address = alignDown(obstacle.address - length, alignment);
        }
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

    private ImageException noRoom(String name, long length, long from, long to) {
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
