package kvm4j.boot;

import kvm4j.memory.GuestMemory;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * A module that is in the guest's memory.
 *
 * @param address guest-physical, the start of a page
 * @param length in bytes
 * @param commandLine its command line
 */
record PlacedModule(long address, long length, String commandLine) {

    long end() {
        return address + length;
    }

    /** {@return the address behind modules, or {@code otherwise} if that is higher} */
    static long end(List<PlacedModule> modules, long otherwise) {
        return modules.stream().mapToLong(PlacedModule::end).reduce(otherwise, Math::max);
    }

    /**
     * Puts modules into memory, in order, from an address on; all below 4 GiB. Where there is no
     * room behind it, as behind a kernel that wants to be as high as possible, they go below.
     */
    static List<PlacedModule> place(
            ImageMemory memory, List<BootParameters.Module> modules, long behind) {
        List<PlacedModule> placed = new ArrayList<>();
        long next = Math.max(behind, MemoryMap.HIGH_START);
        for (BootParameters.Module module : modules) {
            MemorySegment contents = module.contents();
            long length = contents.byteSize();
            OptionalLong room =
                    memory.lowestFree(length, GuestMemory.PAGE_SIZE, next, ImageMemory.FOUR_GIB);
            long address = room.isPresent() ? room.getAsLong() : lowest(memory, length);
            memory.place("a module", address, contents);
            placed.add(new PlacedModule(address, length, module.commandLine()));
            next = address + length;
        }
        return placed;
    }

    private static long lowest(ImageMemory memory, long length) {
        long from = MemoryMap.HIGH_START;
        return memory.lowestFree(length, GuestMemory.PAGE_SIZE, from, ImageMemory.FOUR_GIB)
                .orElseThrow(() -> memory.noRoom("a module", length, from, ImageMemory.FOUR_GIB));
    }
}
