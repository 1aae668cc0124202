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

    long end() {
        return address + length;
    }

    /** {@return the address behind modules, or {@code otherwise} if that is higher} */
    static long end(List<PlacedModule> modules, long otherwise) {
        return modules.stream().mapToLong(PlacedModule::end).reduce(otherwise, Math::max);
    }

    /** Puts modules into memory, in order, from an address on; all below 4 GiB. */
    static List<PlacedModule> place(
            ImageMemory memory, List<BootParameters.Module> modules, long lowest) {
        List<PlacedModule> placed = new ArrayList<>();
        long next = Math.max(lowest, MemoryMap.HIGH_START);
        for (BootParameters.Module module : modules) {
            MemorySegment contents = module.contents();
            long length = contents.byteSize();
            long from = next;
            long address =
                    memory.lowestFree(length, PAGE, from, ImageMemory.FOUR_GIB)
                            .orElseThrow(
                                    () ->
                                            memory.noRoom(
                                                    "a module",
                                                    length,
                                                    from,
                                                    ImageMemory.FOUR_GIB));
            memory.place("a module", address, contents);
            placed.add(new PlacedModule(address, length, module.commandLine()));
            next = address + length;
        }
        return placed;
    }
}
