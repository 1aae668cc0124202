package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_dtable;
import kvm4j.bindings.kvm.kvm_segment;
import kvm4j.bindings.kvm.kvm_sregs;
import kvm4j.bindings.kvm.kvm_sregs2;
import kvm4j.x86.DescriptorTable;
import kvm4j.x86.Segment;
import kvm4j.x86.SpecialRegisters;
import kvm4j.x86.SpecialRegisters2;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.LongStream;

/** {@code struct kvm_sregs} and {@code struct kvm_sregs2}, with the segments and tables in them. */
final class SpecialRegistersCodec {

    private static final int BITMAP_WORDS = 4;
    private static final int NO_INTERRUPT = -1;
    private static final int POINTERS_VALID = KvmUapi.KVM_SREGS2_FLAGS_PDPTRS_VALID();

    private SpecialRegistersCodec() {}

    static SpecialRegisters load(MemorySegment source) {
        return loadCommon(source, firstSet(kvm_sregs.interrupt_bitmap(source)));
    }

    static SpecialRegisters2 load2(MemorySegment source) {
        boolean valid = (kvm_sregs2.flags(source) & POINTERS_VALID) != 0;
        List<Long> pointers =
                LongStream.range(0, valid ? SpecialRegisters2.POINTERS : 0)
                        .mapToObj(i -> kvm_sregs2.pdptrs(source, i))
                        .toList();
        return new SpecialRegisters2(loadCommon(source, NO_INTERRUPT), pointers);
    }

    /** What {@code struct kvm_sregs2} begins with too. */
    private static SpecialRegisters loadCommon(MemorySegment source, int pendingInterrupt) {
        return new SpecialRegisters(
                segment(kvm_sregs.cs(source)),
                segment(kvm_sregs.ds(source)),
                segment(kvm_sregs.es(source)),
                segment(kvm_sregs.fs(source)),
                segment(kvm_sregs.gs(source)),
                segment(kvm_sregs.ss(source)),
                segment(kvm_sregs.tr(source)),
                segment(kvm_sregs.ldt(source)),
                table(kvm_sregs.gdt(source)),
                table(kvm_sregs.idt(source)),
                kvm_sregs.cr0(source),
                kvm_sregs.cr2(source),
                kvm_sregs.cr3(source),
                kvm_sregs.cr4(source),
                kvm_sregs.cr8(source),
                kvm_sregs.efer(source),
                kvm_sregs.apic_base(source),
                pendingInterrupt);
    }

    static void store(SpecialRegisters registers, MemorySegment target) {
        storeCommon(registers, target);
        if (registers.pendingInterrupt() >= 0) {
            kvm_sregs
                    .interrupt_bitmap(target)
                    .setAtIndex(
                            ValueLayout.JAVA_LONG,
                            registers.pendingInterrupt() / Long.SIZE,
                            1L << registers.pendingInterrupt() % Long.SIZE);
        }
    }

    static void store(SpecialRegisters2 state, MemorySegment target) {
        storeCommon(state.registers(), target);
        for (int i = 0; i < state.pageDirectoryPointers().size(); i++) {
            kvm_sregs2.pdptrs(target, i, state.pageDirectoryPointers().get(i));
        }
        kvm_sregs2.flags(target, state.pageDirectoryPointers().isEmpty() ? 0 : POINTERS_VALID);
    }

    /** What {@code struct kvm_sregs2} begins with too. */
    private static void storeCommon(SpecialRegisters registers, MemorySegment target) {
        store(registers.cs(), kvm_sregs.cs(target));
        store(registers.ds(), kvm_sregs.ds(target));
        store(registers.es(), kvm_sregs.es(target));
        store(registers.fs(), kvm_sregs.fs(target));
        store(registers.gs(), kvm_sregs.gs(target));
        store(registers.ss(), kvm_sregs.ss(target));
        store(registers.tr(), kvm_sregs.tr(target));
        store(registers.ldt(), kvm_sregs.ldt(target));
        store(registers.gdt(), kvm_sregs.gdt(target));
        store(registers.idt(), kvm_sregs.idt(target));
        kvm_sregs.cr0(target, registers.cr0());
        kvm_sregs.cr2(target, registers.cr2());
        kvm_sregs.cr3(target, registers.cr3());
        kvm_sregs.cr4(target, registers.cr4());
        kvm_sregs.cr8(target, registers.cr8());
        kvm_sregs.efer(target, registers.efer());
        kvm_sregs.apic_base(target, registers.apicBase());
    }

    private static Segment segment(MemorySegment source) {
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

    private static void store(Segment segment, MemorySegment target) {
        kvm_segment.selector(target, (short) segment.selector());
        kvm_segment.base(target, segment.base());
        kvm_segment.limit(target, segment.limit());
        kvm_segment.type(target, (byte) segment.type());
        kvm_segment.s(target, bit(segment.codeOrData()));
        kvm_segment.dpl(target, (byte) segment.privilege());
        kvm_segment.present(target, bit(segment.present()));
        kvm_segment.avl(target, bit(segment.available()));
        kvm_segment.l(target, bit(segment.longMode()));
        kvm_segment.db(target, bit(segment.large()));
        kvm_segment.g(target, bit(segment.pages()));
        kvm_segment.unusable(target, bit(!segment.usable()));
    }

    private static DescriptorTable table(MemorySegment source) {
        return new DescriptorTable(
                kvm_dtable.base(source), Short.toUnsignedInt(kvm_dtable.limit(source)));
    }

    private static void store(DescriptorTable table, MemorySegment target) {
        kvm_dtable.base(target, table.base());
        kvm_dtable.limit(target, (short) table.limit());
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

    private static byte bit(boolean flag) {
        return (byte) (flag ? 1 : 0);
    }
}
