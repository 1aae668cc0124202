package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_sregs2;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.LongStream;

/**
 * The special registers with the page directory pointers of PAE paging, which the processor keeps
 * apart from memory: {@code struct kvm_sregs2}.
 *
 * @param registers the registers; without a pending interrupt, which {@link VcpuEvents} has
 * @param pageDirectoryPointers the four pointers, empty where PAE paging is not in use
 */
public record SpecialRegisters2(SpecialRegisters registers, List<Long> pageDirectoryPointers) {

    private static final int POINTERS = 4;
    private static final int POINTERS_VALID = KvmUapi.KVM_SREGS2_FLAGS_PDPTRS_VALID();
    private static final int NO_INTERRUPT = -1;

    /**
     * The registers.
     *
     * @throws IllegalArgumentException if there are neither four pointers nor none
     */
    public SpecialRegisters2 {
        pageDirectoryPointers = List.copyOf(pageDirectoryPointers);
        int count = pageDirectoryPointers.size();
        if (count != 0 && count != POINTERS) {
            throw new IllegalArgumentException("PAE paging has 4 directory pointers: " + count);
        }
    }

    static SpecialRegisters2 load(MemorySegment source) {
        boolean valid = (kvm_sregs2.flags(source) & POINTERS_VALID) != 0;
        List<Long> pointers =
                LongStream.range(0, valid ? POINTERS : 0)
                        .mapToObj(i -> kvm_sregs2.pdptrs(source, i))
                        .toList();
        return new SpecialRegisters2(SpecialRegisters.load(source, NO_INTERRUPT), pointers);
    }

    void store(MemorySegment target) {
        registers.storeCommon(target);
        for (int i = 0; i < pageDirectoryPointers.size(); i++) {
            kvm_sregs2.pdptrs(target, i, pageDirectoryPointers.get(i));
        }
        kvm_sregs2.flags(target, pageDirectoryPointers.isEmpty() ? 0 : POINTERS_VALID);
    }
}
