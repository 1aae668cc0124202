package kvm4j.kvm;

import kvm4j.bindings.kvm.kvm_dtable;

import java.lang.foreign.MemorySegment;

/**
 * GDTR or IDTR: {@code struct kvm_dtable}; Intel SDM volume 3, section 2.4.
 *
 * @param base linear address of the table
 * @param limit its size - 1, 16 bits
 */
public record DescriptorTable(long base, int limit) {

    static DescriptorTable load(MemorySegment source) {
        return new DescriptorTable(
                kvm_dtable.base(source), Short.toUnsignedInt(kvm_dtable.limit(source)));
    }

    void store(MemorySegment target) {
        kvm_dtable.base(target, base);
        kvm_dtable.limit(target, (short) limit);
    }
}
