package kvm4j.boot;

/**
 * The memory below 640 KiB in which a boot loader leaves what it has to tell a kernel: structures
 * and strings go to the first free place.
 */
final class LoaderArea {

    /** What this boot loader calls itself. */
    static final String NAME = "kvm4j";

    private static final long START = 0x9000;
    private static final int ALIGNMENT = 16;

    private LoaderArea() {}

    static ImageMemory.Placed allocate(ImageMemory memory, String name, long length) {
        return memory.allocate(name, length, ALIGNMENT, START, MemoryMap.LOW_END);
    }

    /** {@return the address of the string, which has a zero behind it} */
    static long string(ImageMemory memory, String string) {
        var placed = allocate(memory, "a command line", string.length() + 1L);
        placed.writer().text(0, string);
        return placed.address();
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
