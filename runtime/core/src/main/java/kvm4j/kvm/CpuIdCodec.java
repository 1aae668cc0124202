package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_cpuid2;
import kvm4j.bindings.kvm.kvm_cpuid_entry2;
import kvm4j.bindings.libc.Libc;
import kvm4j.linux.Ioctl;
import kvm4j.x86.CpuId;
import kvm4j.x86.CpuIdEntry;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/** {@code struct kvm_cpuid2} and its entries. */
final class CpuIdCodec {

    private static final int FIRST_CAPACITY = 128;
    private static final int LAST_CAPACITY = 1 << 16;

    private static final int SIGNIFICANT_INDEX = KvmUapi.KVM_CPUID_FLAG_SIGNIFCANT_INDEX();

    /** All zero: what is where no leaf was written. */
    private static final MemorySegment ABSENT =
            MemorySegment.ofArray(new byte[(int) kvm_cpuid_entry2.sizeof()]);

    private CpuIdCodec() {}

    /**
     * Asks for as many leaves as there are. The kernel says {@code E2BIG} for a structure that
     * cannot hold all, and not how many there are.
     */
    static CpuId query(Ioctl request, ToIntFunction<MemorySegment> tryIoctl) {
        for (int capacity = FIRST_CAPACITY; ; capacity *= 2) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment structure = allocate(arena, capacity);
                int result = tryIoctl.applyAsInt(structure);
                if (result >= 0) {
                    return load(structure);
                }
                if (result != -Libc.E2BIG() || capacity == LAST_CAPACITY) {
                    throw request.failed(0, -result);
                }
            }
        }
    }

    static MemorySegment store(CpuId cpuId, SegmentAllocator memory) {
        MemorySegment structure = allocate(memory, cpuId.entries().size());
        for (int i = 0; i < cpuId.entries().size(); i++) {
            store(cpuId.entries().get(i), entry(structure, i));
        }
        return structure;
    }

    /**
     * Older kernels leave the count of {@code KVM_GET_CPUID2} as it was: zeros follow the leaves.
     */
    private static CpuId load(MemorySegment structure) {
        int count = kvm_cpuid2.nent(structure);
        while (count > 0 && entry(structure, count - 1).mismatch(ABSENT) < 0) {
            count--;
        }
        List<CpuIdEntry> entries = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            entries.add(loadEntry(entry(structure, i)));
        }
        return new CpuId(entries);
    }

    private static MemorySegment allocate(SegmentAllocator memory, int capacity) {
        MemorySegment structure =
                memory.allocate(
                        kvm_cpuid2.sizeof() + capacity * kvm_cpuid_entry2.sizeof(), Long.BYTES);
        kvm_cpuid2.nent(structure, capacity);
        return structure;
    }

    private static MemorySegment entry(MemorySegment structure, int index) {
        return structure.asSlice(
                kvm_cpuid2.sizeof() + index * kvm_cpuid_entry2.sizeof(), kvm_cpuid_entry2.sizeof());
    }

    private static CpuIdEntry loadEntry(MemorySegment source) {
        return new CpuIdEntry(
                kvm_cpuid_entry2.function(source),
                kvm_cpuid_entry2.index(source),
                (kvm_cpuid_entry2.flags(source) & SIGNIFICANT_INDEX) != 0,
                kvm_cpuid_entry2.eax(source),
                kvm_cpuid_entry2.ebx(source),
                kvm_cpuid_entry2.ecx(source),
                kvm_cpuid_entry2.edx(source));
    }

    private static void store(CpuIdEntry entry, MemorySegment target) {
        kvm_cpuid_entry2.function(target, entry.function());
        kvm_cpuid_entry2.index(target, entry.index());
        kvm_cpuid_entry2.flags(target, entry.indexed() ? SIGNIFICANT_INDEX : 0);
        kvm_cpuid_entry2.eax(target, entry.eax());
        kvm_cpuid_entry2.ebx(target, entry.ebx());
        kvm_cpuid_entry2.ecx(target, entry.ecx());
        kvm_cpuid_entry2.edx(target, entry.edx());
    }
}
