package kvm4j.kvm;

import kvm4j.bindings.kvm.kvm_cpuid2;
import kvm4j.bindings.kvm.kvm_cpuid_entry2;
import kvm4j.bindings.libc.Libc;
import kvm4j.linux.Ioctl;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;

/**
 * All that CPUID answers on a processor: {@code struct kvm_cpuid2}; Intel SDM volume 2, CPUID; AMD
 * APM volume 3, appendix E.
 *
 * @param entries the leaves, in the kernel's order
 */
public record CpuId(List<CpuIdEntry> entries) {

    private static final int FIRST_CAPACITY = 128;
    private static final int LAST_CAPACITY = 1 << 16;

    /**
     * The leaves.
     *
     * @param entries the leaves; copied
     */
    public CpuId {
        entries = List.copyOf(entries);
    }

    /**
     * The answer for a leaf.
     *
     * @param function the leaf: EAX before the instruction
     * @param index the subleaf: ECX before the instruction; does not matter for a leaf without
     * @return the entry, empty if there is none, for which the instruction answers zeros or what
     *     the highest basic leaf does
     */
    public Optional<CpuIdEntry> find(int function, int index) {
        return entries.stream().filter(entry -> entry.answers(function, index)).findFirst();
    }

    /**
     * These leaves with one more, or with one replaced.
     *
     * @param entry the leaf to answer with from now on
     * @return a copy
     */
    public CpuId with(CpuIdEntry entry) {
        List<CpuIdEntry> changed = new ArrayList<>(entries);
        changed.removeIf(old -> old.function() == entry.function() && old.index() == entry.index());
        changed.add(entry);
        return new CpuId(changed);
    }

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
                    throw request.failed(structure.address(), -result);
                }
            }
        }
    }

    MemorySegment store(Arena arena) {
        MemorySegment structure = allocate(arena, entries.size());
        for (int i = 0; i < entries.size(); i++) {
            entries.get(i).store(entry(structure, i));
        }
        return structure;
    }

    /**
     * Older kernels leave the count of {@code KVM_GET_CPUID2} as it was: zeros follow the leaves.
     */
    private static CpuId load(MemorySegment structure) {
        List<CpuIdEntry> entries = new ArrayList<>();
        for (int i = 0; i < kvm_cpuid2.nent(structure); i++) {
            entries.add(CpuIdEntry.load(entry(structure, i)));
        }
        while (!entries.isEmpty() && entries.getLast().equals(CpuIdEntry.ABSENT)) {
            entries.removeLast();
        }
        return new CpuId(entries);
    }

    private static MemorySegment allocate(Arena arena, int capacity) {
        MemorySegment structure =
                arena.allocate(
                        kvm_cpuid2.sizeof() + capacity * kvm_cpuid_entry2.sizeof(), Long.BYTES);
        kvm_cpuid2.nent(structure, capacity);
        return structure;
    }

    private static MemorySegment entry(MemorySegment structure, int index) {
        return structure.asSlice(
                kvm_cpuid2.sizeof() + index * kvm_cpuid_entry2.sizeof(), kvm_cpuid_entry2.sizeof());
    }
}
