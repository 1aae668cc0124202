package kvm4j.cli.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a processor's SVM can do: CPUID leaf 0x8000000A; AMD APM volume 3, appendix E, "SVM
 * Features".
 */
final class SvmFeatures {

    /** The leaf of CPUID. */
    static final int LEAF = 0x8000_000a;

    /** The bits of EDX. */
    private static final Map<Integer, String> FEATURES =
            new TreeMap<>(
                    Map.ofEntries(
                            Map.entry(0, "nested paging"),
                            Map.entry(1, "LBR virtualization"),
                            Map.entry(2, "SVM lock"),
                            Map.entry(3, "next RIP saved"),
                            Map.entry(4, "TSC ratio"),
                            Map.entry(5, "VMCB clean bits"),
                            Map.entry(6, "flush by ASID"),
                            Map.entry(7, "decode assists"),
                            Map.entry(8, "PMC virtualization"),
                            Map.entry(10, "pause filter"),
                            Map.entry(12, "pause filter threshold"),
                            Map.entry(13, "AVIC"),
                            Map.entry(15, "VMSAVE and VMLOAD virtualization"),
                            Map.entry(16, "virtual GIF"),
                            Map.entry(17, "guest mode execute trap"),
                            Map.entry(18, "x2AVIC"),
                            Map.entry(19, "supervisor shadow stacks"),
                            Map.entry(20, "SPEC_CTRL virtualization"),
                            Map.entry(21, "read-only guest page tables"),
                            Map.entry(23, "host MCE override"),
                            Map.entry(24, "INVLPGB and TLBSYNC in guests"),
                            Map.entry(25, "virtual NMI"),
                            Map.entry(26, "IBS virtualization"),
                            Map.entry(29, "bus lock threshold"),
                            Map.entry(30, "idle HLT intercept")));

    private SvmFeatures() {}

    /** What the leaf's answer says; its EAX has the revision, its EBX the number of ASIDs. */
    static FeatureRegister decode(int eax, int ebx, int edx) {
        List<String> available = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        FEATURES.forEach((bit, name) -> ((edx >>> bit & 1) != 0 ? available : missing).add(name));
        return new FeatureRegister(
                "SVM features",
                "0x%x".formatted(LEAF),
                "0x%08x".formatted(edx),
                "revision %d, %s ASIDs".formatted(eax & 0xff, Integer.toUnsignedString(ebx)),
                available,
                List.of(),
                missing);
    }
}
