package kvm4j.kvm;

import kvm4j.bindings.kvm.kvm_segment;

import java.lang.foreign.MemorySegment;

/**
 * A segment register with the hidden part that the processor keeps of its descriptor: {@code struct
 * kvm_segment}; Intel SDM volume 3, section 3.4.5.
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
    private static final int TYPE_BUSY_TASK = 0b1011;

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

    static Segment load(MemorySegment source) {
        return new Segment(
                Short.toUnsignedInt(kvm_segment.selector(source)),
                kvm_segment.base(source),
                kvm_segment.limit(source),
                kvm_segment.type(source),
                kvm_segment.s(source) != 0,
                kvm_segment.dpl(source),
                kvm_segment.present(source) != 0,
                kvm_segment.avl(source) != 0,
                kvm_segment.l(source) != 0,
                kvm_segment.db(source) != 0,
                kvm_segment.g(source) != 0,
                kvm_segment.unusable(source) == 0);
    }

    void store(MemorySegment target) {
        kvm_segment.selector(target, (short) selector);
        kvm_segment.base(target, base);
        kvm_segment.limit(target, limit);
        kvm_segment.type(target, (byte) type);
        kvm_segment.s(target, bit(codeOrData));
        kvm_segment.dpl(target, (byte) privilege);
        kvm_segment.present(target, bit(present));
        kvm_segment.avl(target, bit(available));
        kvm_segment.l(target, bit(longMode));
        kvm_segment.db(target, bit(large));
        kvm_segment.g(target, bit(pages));
        kvm_segment.unusable(target, bit(!usable));
    }

    private static byte bit(boolean flag) {
        return (byte) (flag ? 1 : 0);
    }
}
