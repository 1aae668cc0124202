package kvm4j.machine;

import kvm4j.x86.CpuId;
import kvm4j.x86.CpuIdEntry;

import java.nio.charset.StandardCharsets;

/**
 * What CPUID says of a processor's name, and what KVM leaves to a VMM there: that there is a
 * hypervisor, the brand string, the sizes of addresses (Intel SDM volume 2, CPUID; AMD APM volume
 * 3, appendix E). What KVM answers itself stays.
 */
final class ProcessorIdentity {

    private static final int FEATURES = 0x1;

    /**
     * Zero on hardware. A guest looks for a hypervisor's leaves, and kvmclock, only if it is set.
     */
    private static final int FEATURES_HYPERVISOR = 1 << 31;

    private static final int EXTENDED = 0x8000_0000;
    private static final int BRAND = 0x8000_0002;
    private static final int BRAND_LEAVES = 3;
    private static final int BRAND_BYTES_OF_A_LEAF = 16;
    private static final int ADDRESS_SIZES = 0x8000_0008;

    /** 48 bits of linear address and 40 of physical: what every processor in long mode has. */
    private static final int SIZES_OF_LONG_MODE = 48 << 8 | 40;

    private static final int EXTENDED_FAMILY = 0xf;

    private ProcessorIdentity() {}

    /** Completes the leaves that KVM supports. */
    static CpuId complete(CpuId supported) {
        return withAddressSizes(withBrand(withHypervisor(supported)));
    }

    private static CpuId withHypervisor(CpuId cpuId) {
        return cpuId.find(FEATURES, 0)
                .map(
                        entry ->
                                entry.withAnswer(
                                        entry.eax(),
                                        entry.ebx(),
                                        entry.ecx() | FEATURES_HYPERVISOR,
                                        entry.edx()))
                .map(cpuId::with)
                .orElse(cpuId);
    }

    private static CpuId withBrand(CpuId cpuId) {
        boolean named = cpuId.find(BRAND, 0).filter(ProcessorIdentity::saysSomething).isPresent();
        if (named || cpuId.find(FEATURES, 0).isEmpty()) {
            return cpuId;
        }
        byte[] brand = new byte[BRAND_LEAVES * BRAND_BYTES_OF_A_LEAF];
        byte[] name = brand(cpuId).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(name, 0, brand, 0, name.length);
        CpuId changed = reaching(BRAND + BRAND_LEAVES - 1, cpuId);
        for (int i = 0; i < BRAND_LEAVES; i++) {
            int at = i * BRAND_BYTES_OF_A_LEAF;
            changed =
                    changed.with(
                            new CpuIdEntry(
                                    BRAND + i,
                                    0,
                                    false,
                                    characters(brand, at),
                                    characters(brand, at + 4),
                                    characters(brand, at + 8),
                                    characters(brand, at + 12)));
        }
        return changed;
    }

    private static boolean saysSomething(CpuIdEntry entry) {
        return (entry.eax() | entry.ebx() | entry.ecx() | entry.edx()) != 0;
    }

    /** As AMD's guides name a processor; what it is sold as, CPUID does not tell. */
    private static String brand(CpuId cpuId) {
        int signature = cpuId.find(FEATURES, 0).orElseThrow().eax();
        int family = signature >>> 8 & 0xf;
        int model = signature >>> 4 & 0xf | signature >>> 12 & 0xf0;
        if (family == EXTENDED_FAMILY) {
            family += signature >>> 20 & 0xff;
        }
        return "%s Family %02Xh Model %02Xh Processor"
                .formatted(CpuVendor.of(cpuId).title(), family, model);
    }

    private static int characters(byte[] text, int at) {
        return text[at] | text[at + 1] << 8 | text[at + 2] << 16 | text[at + 3] << 24;
    }

    private static CpuId withAddressSizes(CpuId cpuId) {
        boolean told = cpuId.find(ADDRESS_SIZES, 0).filter(entry -> entry.eax() != 0).isPresent();
        if (told) {
            return cpuId;
        }
        CpuIdEntry entry =
                cpuId.find(ADDRESS_SIZES, 0)
                        .orElse(new CpuIdEntry(ADDRESS_SIZES, 0, false, 0, 0, 0, 0));
        return reaching(ADDRESS_SIZES, cpuId)
                .with(entry.withAnswer(SIZES_OF_LONG_MODE, entry.ebx(), entry.ecx(), entry.edx()));
    }

    /** With the highest extended leaf at least this one: what is beyond that, nobody asks for. */
    private static CpuId reaching(int leaf, CpuId cpuId) {
        CpuIdEntry range =
                cpuId.find(EXTENDED, 0).orElse(new CpuIdEntry(EXTENDED, 0, false, 0, 0, 0, 0));
        if (Integer.compareUnsigned(range.eax(), leaf) >= 0) {
            return cpuId;
        }
        return cpuId.with(range.withAnswer(leaf, range.ebx(), range.ecx(), range.edx()));
    }
}
