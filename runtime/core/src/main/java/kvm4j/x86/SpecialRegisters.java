package kvm4j.x86;

/**
 * The segment, descriptor-table and control registers of a processor; Intel SDM volume 3, chapter
 * 2.
 *
 * @param cs code segment
 * @param ds data segment
 * @param es extra segment
 * @param fs segment FS
 * @param gs segment GS
 * @param ss stack segment
 * @param tr task register
 * @param ldt local descriptor table
 * @param gdt global descriptor table
 * @param idt interrupt descriptor table
 * @param cr0 control register 0: protection, paging
 * @param cr2 page fault linear address
 * @param cr3 physical address of the top page table
 * @param cr4 control register 4: extensions
 * @param cr8 task priority
 * @param efer extended feature enable register: long mode, NX
 * @param apicBase IA32_APIC_BASE
 * @param pendingInterrupt the vector of an external interrupt that is accepted but not delivered
 *     yet, or -1 for none
 */
public record SpecialRegisters(
        Segment cs,
        Segment ds,
        Segment es,
        Segment fs,
        Segment gs,
        Segment ss,
        Segment tr,
        Segment ldt,
        DescriptorTable gdt,
        DescriptorTable idt,
        long cr0,
        long cr2,
        long cr3,
        long cr4,
        long cr8,
        long efer,
        long apicBase,
        int pendingInterrupt) {

    /** CR0: protected mode. */
    public static final long CR0_PE = 1L << 0;

    /** CR0: the extension type bit, always set on processors of today. */
    public static final long CR0_ET = 1L << 4;

    /** CR0: writes at privilege level 0 honour read-only pages. */
    public static final long CR0_WP = 1L << 16;

    /** CR0: paging. */
    public static final long CR0_PG = 1L << 31;

    /** CR4: physical address extension, which long mode needs. */
    public static final long CR4_PAE = 1L << 5;

    /** EFER: long mode is enabled. */
    public static final long EFER_LME = 1L << 8;

    /** EFER: long mode is active. */
    public static final long EFER_LMA = 1L << 10;

    /** CR0 after a reset: caches off, real mode. */
    private static final long CR0_RESET = 0x6000_0010;

    /** IA32_APIC_BASE after a reset of the bootstrap processor: enabled, at 0xfee00000. */
    private static final long APIC_BASE_RESET = 0xfee0_0900L;

    private static final int NO_INTERRUPT = -1;

    /**
     * The registers of a bootstrap processor after a reset, which is about to execute at
     * 0xfffffff0; Intel SDM volume 3, table 10-1.
     */
    public static final SpecialRegisters RESET =
            new SpecialRegisters(
                    Segment.RESET_CODE,
                    Segment.realMode(0),
                    Segment.realMode(0),
                    Segment.realMode(0),
                    Segment.realMode(0),
                    Segment.realMode(0),
                    Segment.taskState(0, 0, 0xffff),
                    Segment.RESET_LDT,
                    DescriptorTable.RESET,
                    DescriptorTable.RESET,
                    CR0_RESET,
                    0,
                    0,
                    0,
                    0,
                    0,
                    APIC_BASE_RESET,
                    NO_INTERRUPT);

    /**
     * These registers with another code segment.
     *
     * @param segment the new CS
     * @return a copy
     */
    public SpecialRegisters withCode(Segment segment) {
        return new SpecialRegisters(
                segment,
                ds,
                es,
                fs,
                gs,
                ss,
                tr,
                ldt,
                gdt,
                idt,
                cr0,
                cr2,
                cr3,
                cr4,
                cr8,
                efer,
                apicBase,
                pendingInterrupt);
    }

    /**
     * These registers with one segment for data and stack.
     *
     * @param segment the new DS, ES, FS, GS and SS
     * @return a copy
     */
    public SpecialRegisters withData(Segment segment) {
        return new SpecialRegisters(
                cs,
                segment,
                segment,
                segment,
                segment,
                segment,
                tr,
                ldt,
                gdt,
                idt,
                cr0,
                cr2,
                cr3,
                cr4,
                cr8,
                efer,
                apicBase,
                pendingInterrupt);
    }

    /**
     * These registers with another global descriptor table.
     *
     * @param table the new GDTR
     * @return a copy
     */
    public SpecialRegisters withGdt(DescriptorTable table) {
        return new SpecialRegisters(
                cs,
                ds,
                es,
                fs,
                gs,
                ss,
                tr,
                ldt,
                table,
                idt,
                cr0,
                cr2,
                cr3,
                cr4,
                cr8,
                efer,
                apicBase,
                pendingInterrupt);
    }

    /**
     * These registers with another interrupt descriptor table.
     *
     * @param table the new IDTR
     * @return a copy
     */
    public SpecialRegisters withIdt(DescriptorTable table) {
        return new SpecialRegisters(
                cs,
                ds,
                es,
                fs,
                gs,
                ss,
                tr,
                ldt,
                gdt,
                table,
                cr0,
                cr2,
                cr3,
                cr4,
                cr8,
                efer,
                apicBase,
                pendingInterrupt);
    }

    /**
     * These registers in another mode of operation.
     *
     * @param newCr0 the new CR0
     * @param newCr3 the new CR3
     * @param newCr4 the new CR4
     * @param newEfer the new EFER
     * @return a copy
     */
    public SpecialRegisters withControl(long newCr0, long newCr3, long newCr4, long newEfer) {
        return new SpecialRegisters(
                cs,
                ds,
                es,
                fs,
                gs,
                ss,
                tr,
                ldt,
                gdt,
                idt,
                newCr0,
                cr2,
                newCr3,
                newCr4,
                cr8,
                newEfer,
                apicBase,
                pendingInterrupt);
    }

    /**
     * These registers with another APIC base.
     *
     * @param newApicBase the new IA32_APIC_BASE
     * @return a copy
     */
    public SpecialRegisters withApicBase(long newApicBase) {
        return new SpecialRegisters(
                cs,
                ds,
                es,
                fs,
                gs,
                ss,
                tr,
                ldt,
                gdt,
                idt,
                cr0,
                cr2,
                cr3,
                cr4,
                cr8,
                efer,
                newApicBase,
                pendingInterrupt);
    }

    /** The registers, numbers in hexadecimal. */
    @Override
    public String toString() {
        return """
        SpecialRegisters[cs=%s, ds=%s, es=%s, fs=%s, gs=%s, ss=%s, tr=%s, ldt=%s, gdt=%s, idt=%s, \
        cr0=0x%x, cr2=0x%x, cr3=0x%x, cr4=0x%x, cr8=0x%x, efer=0x%x, apicBase=0x%x, \
        pendingInterrupt=%d]\
        """
                .formatted(
                        cs,
                        ds,
                        es,
                        fs,
                        gs,
                        ss,
                        tr,
                        ldt,
                        gdt,
                        idt,
                        cr0,
                        cr2,
                        cr3,
                        cr4,
                        cr8,
                        efer,
                        apicBase,
                        pendingInterrupt);
    }
}
