package kvm4j.x86;

/**
 * A segment register with the hidden part that the processor keeps of its descriptor; Intel SDM
 * volume 3, section 3.4.5.
 *
 * @param selector what the guest loaded, 16 bits
 * @param base linear address of its first byte
 * @param limit highest offset, in bytes, whatever the granularity
 * @param type the descriptor's type field, 4 bits
 * @param codeOrData the S flag: true for code and data, false for a system segment
 * @param privilege the descriptor privilege level, 0 to 3
 * @param present the P flag
 * @param available the AVL flag
 * @param longMode the L flag: 64-bit code
 * @param large the D/B flag: 32-bit operands
 * @param pages the G flag: the limit in the descriptor counts pages
 * @param usable false for a segment that faults when used
 */
public record Segment(
        int selector,
        long base,
        int limit,
        int type,
        boolean codeOrData,
        int privilege,
        boolean present,
        boolean available,
        boolean longMode,
        boolean large,
        boolean pages,
        boolean usable) {

    private static final int TYPE_DATA = 0b0011;
    private static final int TYPE_CODE = 0b1011;
    private static final int TYPE_LDT = 0b0010;
    private static final int TYPE_BUSY_TASK = 0b1011;

    /** CS after a reset: the base is not what the selector says, until the first far jump. */
    static final Segment RESET_CODE =
            new Segment(
                    0xf000,
                    0xffff_0000L,
                    0xffff,
                    TYPE_CODE,
                    true,
                    0,
                    true,
                    false,
                    false,
                    false,
                    false,
                    true);

    /** The local descriptor table after a reset. */
    static final Segment RESET_LDT =
            new Segment(0, 0, 0xffff, TYPE_LDT, false, 0, true, false, false, false, false, true);

    /** A segment that faults when used: what loading a null selector gives. */
    public static final Segment UNUSABLE =
            new Segment(0, 0, 0, 0, false, 0, false, false, false, false, false, false);

    /**
     * A real-mode data segment: 64 KiB from 16 times the selector on.
     *
     * @param selector 16 bits
     * @return the segment
     */
    public static Segment realMode(int selector) {
        return new Segment(
                selector,
                (long) selector << 4,
                0xffff,
                TYPE_DATA,
                true,
                0,
                true,
                false,
                false,
                false,
                false,
                true);
    }

    /**
     * A real-mode code segment: 64 KiB from 16 times the selector on.
     *
     * @param selector 16 bits
     * @return the segment
     */
    public static Segment realModeCode(int selector) {
        return realMode(selector).withType(TYPE_CODE);
    }

    /**
     * Flat 64-bit code at privilege level 0.
     *
     * @param selector where its descriptor is in the GDT
     * @return the segment
     */
    public static Segment longModeCode(int selector) {
        return new Segment(
                selector, 0, -1, TYPE_CODE, true, 0, true, false, true, false, true, true);
    }

    /**
     * Flat 32-bit code over 4 GiB at privilege level 0.
     *
     * @param selector where its descriptor is in the GDT
     * @return the segment
     */
    public static Segment flatCode(int selector) {
        return new Segment(
                selector, 0, -1, TYPE_CODE, true, 0, true, false, false, true, true, true);
    }

    /**
     * Flat data over 4 GiB at privilege level 0.
     *
     * @param selector where its descriptor is in the GDT
     * @return the segment
     */
    public static Segment flatData(int selector) {
        return new Segment(
                selector, 0, -1, TYPE_DATA, true, 0, true, false, false, true, true, true);
    }

    /**
     * A busy task state segment, which the hardware wants TR to hold.
     *
     * @param selector where its descriptor is in the GDT
     * @param base linear address of the TSS
     * @param limit its size - 1
     * @return the segment
     */
    public static Segment taskState(int selector, long base, int limit) {
        return new Segment(
                selector,
                base,
                limit,
                TYPE_BUSY_TASK,
                false,
                0,
                true,
                false,
                false,
                false,
                false,
                true);
    }

    private Segment withType(int newType) {
        return new Segment(
                selector,
                base,
                limit,
                newType,
                codeOrData,
                privilege,
                present,
                available,
                longMode,
                large,
                pages,
                usable);
    }

    /** The register, numbers in hexadecimal. */
    @Override
    public String toString() {
        return """
        Segment[selector=0x%x, base=0x%x, limit=0x%x, type=0x%x, codeOrData=%b, privilege=%d, \
        present=%b, available=%b, longMode=%b, large=%b, pages=%b, usable=%b]\
        """
                .formatted(
                        selector,
                        base,
                        limit,
                        type,
                        codeOrData,
                        privilege,
                        present,
                        available,
                        longMode,
                        large,
                        pages,
                        usable);
    }
}
