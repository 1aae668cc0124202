package kvm4j.kvm;

import kvm4j.bindings.kvm.kvm_sregs;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The segment, descriptor-table and control registers of a vCPU: {@code struct kvm_sregs}.
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

    private static final int BITMAP_WORDS = 4;

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
     * These registers with another task register.
     *
     * @param segment the new TR
     * @return a copy
     */
    public SpecialRegisters withTask(Segment segment) {
        return new SpecialRegisters(
                cs,
                ds,
                es,
                fs,
                gs,
                ss,
                segment,
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

    static SpecialRegisters load(MemorySegment source) {
        return load(source, firstSet(kvm_sregs.interrupt_bitmap(source)));
    }

    /** Loads what {@code struct kvm_sregs2} begins with too. */
    static SpecialRegisters load(MemorySegment source, int pendingInterrupt) {
        return new SpecialRegisters(
                Segment.load(kvm_sregs.cs(source)),
                Segment.load(kvm_sregs.ds(source)),
                Segment.load(kvm_sregs.es(source)),
                Segment.load(kvm_sregs.fs(source)),
                Segment.load(kvm_sregs.gs(source)),
                Segment.load(kvm_sregs.ss(source)),
                Segment.load(kvm_sregs.tr(source)),
                Segment.load(kvm_sregs.ldt(source)),
                DescriptorTable.load(kvm_sregs.gdt(source)),
                DescriptorTable.load(kvm_sregs.idt(source)),
                kvm_sregs.cr0(source),
                kvm_sregs.cr2(source),
                kvm_sregs.cr3(source),
                kvm_sregs.cr4(source),
                kvm_sregs.cr8(source),
                kvm_sregs.efer(source),
                kvm_sregs.apic_base(source),
                pendingInterrupt);
    }

    void store(MemorySegment target) {
        storeCommon(target);
        if (pendingInterrupt >= 0) {
            kvm_sregs
                    .interrupt_bitmap(target)
                    .setAtIndex(
                            ValueLayout.JAVA_LONG,
                            pendingInterrupt / Long.SIZE,
                            1L << pendingInterrupt % Long.SIZE);
        }
    }

    /** Stores what {@code struct kvm_sregs2} begins with too. */
    void storeCommon(MemorySegment target) {
        cs.store(kvm_sregs.cs(target));
        ds.store(kvm_sregs.ds(target));
        es.store(kvm_sregs.es(target));
        fs.store(kvm_sregs.fs(target));
        gs.store(kvm_sregs.gs(target));
        ss.store(kvm_sregs.ss(target));
        tr.store(kvm_sregs.tr(target));
        ldt.store(kvm_sregs.ldt(target));
        gdt.store(kvm_sregs.gdt(target));
        idt.store(kvm_sregs.idt(target));
        kvm_sregs.cr0(target, cr0);
        kvm_sregs.cr2(target, cr2);
        kvm_sregs.cr3(target, cr3);
        kvm_sregs.cr4(target, cr4);
        kvm_sregs.cr8(target, cr8);
        kvm_sregs.efer(target, efer);
        kvm_sregs.apic_base(target, apicBase);
    }

    private static int firstSet(MemorySegment bitmap) {
        for (int i = 0; i < BITMAP_WORDS; i++) {
            long word = bitmap.getAtIndex(ValueLayout.JAVA_LONG, i);
            if (word != 0) {
                return i * Long.SIZE + Long.numberOfTrailingZeros(word);
            }
        }
        return -1;
    }
}
