package kvm4j.boot;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A module that is in the guest's memory.
 *
 * @param address guest-physical, the start of a page
 * @param length in bytes
 * @param commandLine its command line
 */
record PlacedModule(long address, long length, String commandLine) {

    private static final long PAGE = 4096;
    private static final long FOUR_GIB = 1L << 32;

    long end() {
        return address + length;
    }

    /** Puts modules into memory, in order, from an address on; all below 4 GiB. */
    static List<PlacedModule> place(
            ImageMemory memory, List<BootParameters.Module> modules, long from) {
        List<PlacedModule> placed = new ArrayList<>();
        long next = Math.max(from, MemoryMap.HIGH_START);
        for (BootParameters.Module module : modules) {
            MemorySegment contents = MemorySegment.ofArray(module.contents());
            long length = contents.byteSize();
            var place = memory.allocate("a module", length, PAGE, next, FOUR_GIB);
            place.bytes().copyFrom(contents);
            placed.add(new PlacedModule(place.address(), length, module.commandLine()));
            next = place.address() + length;
        }
        return placed;
    }
}
