package kvm4j.machine;

import kvm4j.x86.CpuId;
import kvm4j.x86.CpuIdEntry;

import java.util.List;
import java.util.Optional;

/**
 * What CPUID says of the caches where KVM says nothing: a guest that asks the older leaves gets
 * what the newer ones say of the host's, or else the caches of a usual processor. What KVM answers
 * itself stays.
 *
 * <p>AMD processors have leaf 0x8000001d (APM volume 3, section E.4.15) and before it 0x80000005
 * and 0x80000006 (sections E.4.4 and E.4.5), which KVM leaves empty before Linux 6.2; Intel's have
 * leaf 4, to which leaf 2 points (SDM volume 2, CPUID).
 */
final class ProcessorCaches {

    private static final int INTEL_DESCRIPTORS = 0x2;
    private static final int INTEL_CACHES = 0x4;
    private static final int AMD_L1 = 0x8000_0005;
    private static final int AMD_L2_L3 = 0x8000_0006;
    private static final int AMD_CACHES = 0x8000_001d;
    private static final int MOST_CACHES = 8;

    /** Leaf 2: descriptor 0xff, which says that leaf 4 has the caches; AL is 1 always. */
    private static final int SEE_LEAF_4 = 0xff01;

    private static final Cache L1_DATA = new Cache(Cache.DATA, 1, 64, 1, 8, 64);
    private static final Cache L1_INSTRUCTIONS = new Cache(Cache.INSTRUCTIONS, 1, 64, 1, 8, 64);
    private static final Cache L2 = new Cache(Cache.UNIFIED, 2, 64, 1, 8, 1024);
    private static final List<Cache> USUAL = List.of(L1_DATA, L1_INSTRUCTIONS, L2);

    private ProcessorCaches() {}

    /** Completes the leaves that KVM supports. */
    static CpuId complete(CpuId supported) {
        CpuVendor vendor = CpuVendor.of(supported);
        if (vendor.isAmd()) {
            return completeAmd(supported);
        }
        return vendor == CpuVendor.INTEL ? completeIntel(supported) : supported;
    }

    private static CpuId completeAmd(CpuId cpuId) {
        List<Cache> known = Cache.listed(AMD_CACHES, cpuId);
        List<Cache> caches = known.isEmpty() ? USUAL : known;
        CpuIdEntry l1 = entry(AMD_L1, cpuId);
        CpuIdEntry l2 = entry(AMD_L2_L3, cpuId);
        CpuId changed = cpuId;
        if (l1.ecx() == 0) {
            int data = find(caches, 1, Cache.DATA).map(Cache::amdL1).orElse(0);
            int instructions = find(caches, 1, Cache.INSTRUCTIONS).map(Cache::amdL1).orElse(0);
            changed = changed.with(l1.withAnswer(l1.eax(), l1.ebx(), data, instructions));
        }
        if (l2.ecx() == 0) {
            int second = find(caches, 2, Cache.UNIFIED).map(Cache::amdL2).orElse(0);
            int third = find(caches, 3, Cache.UNIFIED).map(Cache::amdL3).orElse(0);
            changed = changed.with(l2.withAnswer(l2.eax(), l2.ebx(), second, third));
        }
        return changed;
    }

    private static CpuId completeIntel(CpuId cpuId) {
        int highest = entry(0, cpuId).eax();
        if (highest < INTEL_CACHES) {
            return cpuId;
        }
        CpuId changed = cpuId;
        CpuIdEntry descriptors = entry(INTEL_DESCRIPTORS, cpuId);
        if (descriptors.eax() == 0) {
            changed = changed.with(descriptors.withAnswer(SEE_LEAF_4, 0, 0, 0));
        }
        if (Cache.listed(INTEL_CACHES, cpuId).isEmpty()) {
            for (int i = 0; i < USUAL.size(); i++) {
                changed = changed.with(USUAL.get(i).entry(INTEL_CACHES, i));
            }
            changed = changed.with(new CpuIdEntry(INTEL_CACHES, USUAL.size(), true, 0, 0, 0, 0));
        }
        return changed;
    }

    private static CpuIdEntry entry(int leaf, CpuId cpuId) {
        return cpuId.find(leaf, 0).orElse(new CpuIdEntry(leaf, 0, false, 0, 0, 0, 0));
    }

    private static Optional<Cache> find(List<Cache> caches, int level, int type) {
        return caches.stream()
                .filter(cache -> cache.level == level && cache.type == type)
                .findFirst();
    }

    /** A cache, as leaves 4 and 0x8000001d describe it. */
    private record Cache(int type, int level, int line, int partitions, int ways, int sets) {

        private static final int DATA = 1;
        private static final int INSTRUCTIONS = 2;
        private static final int UNIFIED = 3;

        private static final int SELF_INITIALIZING = 1 << 8;

        /** What 0x80000006 calls an associativity that it has no code for: see 0x8000001d. */
        private static final int ELSEWHERE = 9;

        static List<Cache> listed(int leaf, CpuId cpuId) {
            return cpuId.entries().stream()
                    .filter(entry -> entry.function() == leaf && entry.index() < MOST_CACHES)
                    .filter(entry -> (entry.eax() & 0x1f) != 0)
                    .map(Cache::of)
                    .toList();
        }

        private static Cache of(CpuIdEntry entry) {
            return new Cache(
                    entry.eax() & 0x1f,
                    entry.eax() >>> 5 & 0b111,
                    (entry.ebx() & 0xfff) + 1,
                    (entry.ebx() >>> 12 & 0x3ff) + 1,
                    (entry.ebx() >>> 22) + 1,
                    entry.ecx() + 1);
        }

        CpuIdEntry entry(int leaf, int index) {
            return new CpuIdEntry(
                    leaf,
                    index,
                    true,
                    SELF_INITIALIZING | level << 5 | type,
                    ways - 1 << 22 | partitions - 1 << 12 | line - 1,
                    sets - 1,
                    0);
        }

        private int kib() {
            return (int) ((long) line * partitions * ways * sets >>> 10);
        }

        int amdL1() {
            return kib() << 24 | ways << 16 | 1 << 8 | line;
        }

        int amdL2() {
            return kib() << 16 | associativity() << 12 | 1 << 8 | line;
        }

        int amdL3() {
            return kib() / 512 << 18 | associativity() << 12 | 1 << 8 | line;
        }

        private int associativity() {
            return switch (ways) {
                case 1 -> 1;
                case 2 -> 2;
                case 4 -> 4;
                case 8 -> 6;
                case 16 -> 8;
                case 32 -> 0xa;
                case 48 -> 0xb;
                case 64 -> 0xc;
                case 96 -> 0xd;
                case 128 -> 0xe;
                default -> ELSEWHERE;
            };
        }
    }
}
