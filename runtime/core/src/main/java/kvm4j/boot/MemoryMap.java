package kvm4j.boot;

import kvm4j.memory.GuestMemory;
import kvm4j.memory.GuestRegion;
import kvm4j.memory.StructWriter;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The map of guest-physical memory as the BIOS call E820 gives it (ACPI 6.5, section 15.1): which
 * addresses a kernel may use as RAM, and which hold something already.
 *
 * @param ranges the ranges, lowest address first, without overlap
 */
public record MemoryMap(List<Range> ranges) {

    /** Where RAM that kernels may use ends below 1 MiB: the extended BIOS data area follows. */
    public static final long LOW_END = 0x9_fc00;

    /** Where RAM goes on behind the display adapter's and the BIOS's addresses. */
    public static final long HIGH_START = 0x10_0000;

    /** The size of an entry as guests expect it, in bytes. */
    public static final int ENTRY_SIZE = 20;

    /** What a range is for; the ordinal plus 1 is the number in an E820 entry. */
    public enum Type {
        /** RAM that is free. */
        USABLE,
        /** Not for the kernel: firmware, tables. */
        RESERVED;

        int number() {
            return ordinal() + 1;
        }
    }

    /**
     * One entry.
     *
     * @param address guest-physical address of the first byte
     * @param length in bytes
     * @param type what it is for
     */
    public record Range(long address, long length, Type type) {

        long end() {
            return address + length;
        }
    }

    /** Keeps a copy of the list. */
    public MemoryMap {
        ranges = List.copyOf(ranges);
    }

    /**
     * The map of a PC with this memory: all RAM is usable except from {@link #LOW_END} to {@link
     * #HIGH_START}; what the guest cannot write is reserved.
     *
     * @param memory the guest's memory
     * @return its map
     */
    public static MemoryMap of(GuestMemory memory) {
        List<Range> ranges = new ArrayList<>();
        for (GuestRegion region : memory.regions()) {
            Type type = typeOf(region);
            add(ranges, region, 0, LOW_END, type);
            add(ranges, region, LOW_END, HIGH_START, Type.RESERVED);
            add(ranges, region, HIGH_START, Long.MAX_VALUE, type);
        }
        return new MemoryMap(ranges);
    }

    /**
     * The map of what there is, before firmware takes any of it: RAM in one piece up to the hole
     * below 4 GiB. Firmware finds by it how much there is, and makes the map for others itself.
     *
     * @param memory the guest's memory
     * @return its map
     */
    public static MemoryMap forFirmware(GuestMemory memory) {
        return new MemoryMap(
                memory.regions().stream()
                        .map(region -> new Range(region.address(), region.size(), typeOf(region)))
                        .toList());
    }

    private static Type typeOf(GuestRegion region) {
        return region.access() == GuestRegion.Access.READ_WRITE ? Type.USABLE : Type.RESERVED;
    }

    private static void add(List<Range> ranges, GuestRegion region, long from, long to, Type type) {
        long start = Math.max(region.address(), from);
        long end = Math.min(region.end(), to);
        if (start < end) {
            ranges.add(new Range(start, end - start, type));
        }
    }

    /**
     * The entries as guests expect them: for each 64 bits of address, 64 of length and 32 of type.
     *
     * @return {@value #ENTRY_SIZE} bytes for each range
     */
    public byte[] toBytes() {
        byte[] bytes = new byte[ranges.size() * ENTRY_SIZE];
        write(new StructWriter(MemorySegment.ofArray(bytes)), 0, ENTRY_SIZE);
        return bytes;
    }

    /** Writes the entries, each {@code stride} bytes behind the one before. */
    void write(StructWriter target, long offset, int stride) {
        long at = offset;
        for (Range range : ranges) {
            target.u64(at, range.address);
            target.u64(at + 8, range.length);
            target.u32(at + 16, range.type.number());
            at += stride;
        }
    }

    /** {@return the end of the RAM that goes on from {@code address} without a gap} */
    long usableEnd(long address) {
        return ranges.stream()
                .filter(range -> range.type == Type.USABLE)
                .filter(range -> range.address <= address && address < range.end())
                .mapToLong(Range::end)
                .findFirst()
                .orElse(address);
    }
}
