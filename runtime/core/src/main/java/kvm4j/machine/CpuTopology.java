package kvm4j.machine;

import kvm4j.x86.CpuId;
import kvm4j.x86.CpuIdEntry;

import java.util.ArrayList;
import java.util.List;

/**
 * What CPUID says of a processor's place among the others: one package, in which each core has one
 * thread, with APIC identifiers that count from 0 (Intel SDM volume 3, section 10.9; AMD APM volume
 * 3, appendix E).
 *
 * @param processors how many there are
 * @param localApic whether they have local APICs
 * @param deadlineTimer whether these have the TSC deadline timer
 */
record CpuTopology(int processors, boolean localApic, boolean deadlineTimer) {

    private static final int FEATURES = 0x1;
    private static final int FEATURES_X2APIC = 1 << 21;
    private static final int FEATURES_TSC_DEADLINE = 1 << 24;
    private static final int FEATURES_APIC = 1 << 9;
    private static final int FEATURES_SEVERAL = 1 << 28;
    private static final int LOGICAL_PROCESSORS_SHIFT = 16;
    private static final int INITIAL_APIC_SHIFT = 24;

    private static final int INTEL_CACHES = 0x4;
    private static final int AMD_CACHES = 0x8000_001d;
    private static final int CACHE_TYPE_MASK = 0x1f;
    private static final int CACHE_LEVEL_MASK = 0b111 << 5;
    private static final int LAST_LEVEL = 3 << 5;
    private static final int SHARING_SHIFT = 14;
    private static final int CORES_SHIFT = 26;
    private static final int MOST_CORES = 63;
    private static final int CACHE_KEPT = (1 << SHARING_SHIFT) - 1;

    private static final int TOPOLOGY = 0xb;
    private static final int TOPOLOGY_2 = 0x1f;
    private static final int LEVEL_THREAD = 1 << 8;
    private static final int LEVEL_CORE = 2 << 8 | 1;

    private static final int PARAVIRTUAL = 0x4000_0001;

    /**
     * KVM's features that work through a local APIC: bits 4, 10 and 14 (asynchronous page faults),
     * 6 (end of interrupt), 7 (unhalt), 11 (interrupts between processors), 13 (yield); KVM's CPUID
     * documentation, Documentation/virt/kvm/x86/cpuid.rst.
     */
    private static final int PARAVIRTUAL_APIC =
            1 << 4 | 1 << 6 | 1 << 7 | 1 << 10 | 1 << 11 | 1 << 13 | 1 << 14;

    private static final int AMD_FEATURES = 0x8000_0001;
    private static final int AMD_SEVERAL = 1 << 1;
    private static final int AMD_SIZES = 0x8000_0008;
    private static final int AMD_SIZES_KEPT = ~0xf0ff;
    private static final int AMD_APIC_BITS_SHIFT = 12;
    private static final int AMD_TOPOLOGY = 0x8000_001e;

    /** The leaves of one processor, made from those that KVM supports. */
    CpuId of(int processor, CpuId supported) {
        List<CpuIdEntry> entries = new ArrayList<>();
        for (CpuIdEntry entry : supported.entries()) {
            switch (entry.function()) {
                case FEATURES -> entries.add(features(processor, entry));
                case INTEL_CACHES -> entries.add(cache(entry, coresInPackage()));
                case AMD_CACHES -> entries.add(cache(entry, 0));
                case PARAVIRTUAL -> entries.add(paravirtual(entry));
                case AMD_FEATURES -> entries.add(amdFeatures(entry));
                case AMD_SIZES -> entries.add(amdSizes(entry));
                case AMD_TOPOLOGY -> entries.add(entry.withAnswer(processor, processor, 0, 0));
                case TOPOLOGY -> {
                    if (entry.index() == 0) {
                        entries.add(level(processor, 0, 0, 1, LEVEL_THREAD));
                        entries.add(level(processor, 1, apicBits(), processors, LEVEL_CORE));
                    }
                }
                case TOPOLOGY_2 -> {
                    // without it, leaf 0xb counts
                }
                default -> entries.add(entry);
            }
        }
        return new CpuId(entries);
    }

    private CpuIdEntry features(int processor, CpuIdEntry entry) {
        int ecx = entry.ecx() & ~FEATURES_TSC_DEADLINE;
        int edx = processors > 1 ? entry.edx() | FEATURES_SEVERAL : entry.edx() & ~FEATURES_SEVERAL;
        if (!localApic) {
            ecx &= ~FEATURES_X2APIC;
            edx &= ~FEATURES_APIC;
        } else if (deadlineTimer) {
            ecx |= FEATURES_TSC_DEADLINE;
        }
        int ebx =
                entry.ebx() & 0xffff
                        | processors << LOGICAL_PROCESSORS_SHIFT
                        | processor << INITIAL_APIC_SHIFT;
        return entry.withAnswer(entry.eax(), ebx, ecx, edx);
    }

    private int coresInPackage() {
        return Math.min((1 << apicBits()) - 1, MOST_CORES) << CORES_SHIFT;
    }

    private CpuIdEntry cache(CpuIdEntry entry, int cores) {
        if ((entry.eax() & CACHE_TYPE_MASK) == 0) {
            return entry;
        }
        boolean shared = (entry.eax() & CACHE_LEVEL_MASK) == LAST_LEVEL;
        int sharing = shared ? (1 << apicBits()) - 1 << SHARING_SHIFT : 0;
        int eax = entry.eax() & CACHE_KEPT | sharing | cores;
        return entry.withAnswer(eax, entry.ebx(), entry.ecx(), entry.edx());
    }

    private static CpuIdEntry level(int processor, int index, int bits, int count, int type) {
        return new CpuIdEntry(TOPOLOGY, index, true, bits, count, type, processor);
    }

    private CpuIdEntry amdFeatures(CpuIdEntry entry) {
        int ecx = processors > 1 ? entry.ecx() | AMD_SEVERAL : entry.ecx() & ~AMD_SEVERAL;
        int edx = localApic ? entry.edx() : entry.edx() & ~FEATURES_APIC;
        return entry.withAnswer(entry.eax(), entry.ebx(), ecx, edx);
    }

    private CpuIdEntry paravirtual(CpuIdEntry entry) {
        int eax = localApic ? entry.eax() : entry.eax() & ~PARAVIRTUAL_APIC;
        return entry.withAnswer(eax, entry.ebx(), entry.ecx(), entry.edx());
    }

    private CpuIdEntry amdSizes(CpuIdEntry entry) {
        int ecx = entry.ecx() & AMD_SIZES_KEPT | processors - 1 | apicBits() << AMD_APIC_BITS_SHIFT;
        return entry.withAnswer(entry.eax(), entry.ebx(), ecx, entry.edx());
    }

    /** How many bits of an APIC identifier tell processors apart. */
    private int apicBits() {
        return Integer.SIZE - Integer.numberOfLeadingZeros(processors - 1);
    }
}
