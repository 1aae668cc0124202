package kvm4j.device;

/**
 * What hardware there is, as the BIOS of a PC notes it in CMOS memory: the sizes up to 64 MiB as on
 * the PC/AT, what is above and the processors as QEMU does.
 *
 * @param memoryBelow4G how much RAM there is from address 0 to below 4 GiB, in bytes
 * @param memoryAbove4G how much RAM there is from 4 GiB on, in bytes
 * @param processors how many processors there are, at least 1
 */
public record CmosInventory(long memoryBelow4G, long memoryAbove4G, int processors) {

    private static final int BASE_MEMORY = 0x15;
    private static final int EXTENDED_MEMORY = 0x17;
    private static final int EXTENDED_MEMORY_FOUND = 0x30;
    private static final int MEMORY_ABOVE_16M = 0x34;
    private static final int MEMORY_ABOVE_4G = 0x5b;
    private static final int OTHER_PROCESSORS = 0x5f;

    private static final long BASE_KIB = 640;
    private static final long MIB = 1 << 20;
    private static final long UNIT_ABOVE_16M = 0x1_0000;

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if a size is negative, or there is no processor
     */
    public CmosInventory {
        if (memoryBelow4G < 0 || memoryAbove4G < 0 || processors < 1) {
            throw new IllegalArgumentException(
                    "%d processors, %d bytes of RAM below 4 GiB and %d above"
                            .formatted(processors, memoryBelow4G, memoryAbove4G));
        }
    }

    /** Notes it. */
    void write(byte[] cmos) {
        long extended = Math.max(memoryBelow4G - MIB, 0) >>> 10;
        put(cmos, BASE_MEMORY, 2, Math.min(memoryBelow4G >>> 10, BASE_KIB));
        put(cmos, EXTENDED_MEMORY, 2, Math.min(extended, 0xffff));
        put(cmos, EXTENDED_MEMORY_FOUND, 2, Math.min(extended, 0xffff));
        put(cmos, MEMORY_ABOVE_16M, 2, Math.max(memoryBelow4G - 16 * MIB, 0) / UNIT_ABOVE_16M);
        put(cmos, MEMORY_ABOVE_4G, 3, Math.min(memoryAbove4G / UNIT_ABOVE_16M, 0xff_ffff));
        put(cmos, OTHER_PROCESSORS, 1, Math.min(processors - 1, 0xff));
    }

    private static void put(byte[] cmos, int at, int bytes, long value) {
        for (int i = 0; i < bytes; i++) {
            cmos[at + i] = (byte) (value >>> i * Byte.SIZE);
        }
    }
}
