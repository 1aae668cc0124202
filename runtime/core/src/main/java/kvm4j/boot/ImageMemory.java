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
        for (Part part : parts) {
            if (part.overlaps(address, length)) {
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
        }
        parts.add(new Part(name, address, length));
        return memory.slice(address, length).fill((byte) 0);
    }

    /** Claims a range and fills its beginning. */
    void place(String name, long address, long length, MemorySegment contents) {
        claim(name, address, length).copyFrom(contents);
    }

    private String ram() {
        List<String> ranges = new ArrayList<>();
        for (GuestRegion region : memory.regions()) {
            ranges.add("0x%x to 0x%x".formatted(region.address(), region.end()));
        }
        return String.join(", ", ranges);
    }
}
