package kvm4j.boot;

import kvm4j.memory.GuestMemory;

import java.util.OptionalLong;

/**
 * Where a boot loader leaves what it has to tell a kernel, and what a processor needs to start in
 * it: below 640 KiB if the image leaves room there, else as low as it can.
 */
final class LoaderArea {

    /** What this boot loader calls itself. */
    static final String NAME = "kvm4j";

    private static final long INFORMATION_START = 0x9000;
    private static final long TABLES_START = 0x1000;
    private static final int ALIGNMENT = 16;
    private static final long STACK_END = 0x8_0000;
    private static final long STACK_SIZE = 0x4000;

    private LoaderArea() {}

    /** Finds room for what the kernel is told. */
    static ImageMemory.Placed allocate(ImageMemory memory, String name, long length) {
        return allocate(memory, name, length, ALIGNMENT, INFORMATION_START);
    }

    /** Finds room, at the start of a page, for what the processor reads. */
    static ImageMemory.Placed allocateTables(ImageMemory memory, String name, long length) {
        return allocate(memory, name, length, GuestMemory.PAGE_SIZE, TABLES_START);
    }

    private static ImageMemory.Placed allocate(
            ImageMemory memory, String name, long length, long alignment, long usualStart) {
        long address =
                low(memory, length, alignment, usualStart)
                        .orElseGet(() -> anywhere(memory, name, length, alignment));
        return new ImageMemory.Placed(address, memory.claim(name, address, length));
    }

    private static OptionalLong low(
            ImageMemory memory, long length, long alignment, long usualStart) {
        OptionalLong usual = memory.lowestFree(length, alignment, usualStart, MemoryMap.LOW_END);
        return usual.isPresent()
                ? usual
                : memory.lowestFree(length, alignment, TABLES_START, MemoryMap.LOW_END);
    }

    private static long anywhere(ImageMemory memory, String name, long length, long alignment) {
        long from = MemoryMap.HIGH_START;
        long to = ImageMemory.FOUR_GIB;
        return memory.lowestFree(length, alignment, from, to)
                .orElseThrow(() -> memory.noRoom(name, length, from, to));
    }

    /** {@return the address of the string, which has a zero behind it} */
    static long string(ImageMemory memory, String string) {
        var placed = allocate(memory, "a command line", string.length() + 1L);
        placed.writer().text(0, string);
        return placed.address();
    }

    /**
     * Finds room for a stack, below 0x80000 if neither the image is there nor memory ends before.
     *
     * @return where it grows down from: 0x80000 too where there is no room at all
     */
    static long stack(ImageMemory memory) {
        if (memory.isFree(STACK_END - STACK_SIZE, STACK_SIZE)) {
            return claimStack(memory, STACK_END - STACK_SIZE);
        }
        OptionalLong low =
                memory.highestFree(STACK_SIZE, ALIGNMENT, TABLES_START, memory.map().usableEnd(0));
        OptionalLong found =
                low.isPresent()
                        ? low
                        : memory.lowestFree(
                                STACK_SIZE,
                                GuestMemory.PAGE_SIZE,
                                MemoryMap.HIGH_START,
                                ImageMemory.FOUR_GIB);
        return found.isPresent() ? claimStack(memory, found.getAsLong()) : STACK_END;
    }

    private static long claimStack(ImageMemory memory, long address) {
        memory.reserve("the stack", address, STACK_SIZE);
        return address + STACK_SIZE;
    }

    /** {@return how much memory there is from address 0, in KiB, as multiboot counts} */
    static long lowerMemoryKib(MemoryMap map) {
        return map.usableEnd(0) >>> 10;
    }

    /** {@return how much memory there is from 1 MiB to the first gap, in KiB} */
    static long upperMemoryKib(MemoryMap map) {
        return map.usableEnd(MemoryMap.HIGH_START) - MemoryMap.HIGH_START >>> 10;
    }
}
