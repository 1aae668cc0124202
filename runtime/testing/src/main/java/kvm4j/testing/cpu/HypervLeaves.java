package kvm4j.testing.cpu;

import kvm4j.x86.CpuId;
import kvm4j.x86.CpuIdEntry;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * The leaves in which a hypervisor tells of itself, as QEMU 7.2 makes Hyper-V's of them: those of
 * KVM follow.
 *
 * @param options what the user says
 * @param offered what KVM has of Hyper-V
 * @param features those that the processor has
 */
record HypervLeaves(HypervOptions options, CpuId offered, Set<HypervFeature> features) {

    static final String VENDOR = "hv-vendor-id";
    static final String BUILD = "hv-version-id-build";
    static final String MAJOR = "hv-version-id-major";
    static final String MINOR = "hv-version-id-minor";
    static final String SERVICE_PACK = "hv-version-id-spack";
    static final String BRANCH = "hv-version-id-sbranch";
    static final String SERVICE_NUMBER = "hv-version-id-snumber";
    static final String MOST_PROCESSORS = "x-hv-max-vps";
    static final String ALONE_ON_ITS_CORE = "hv-no-nonarch-coresharing";

    /** Of {@link HypervOptions#SPINS}. */
    static final int NEVER_NOTIFIED = -1;

    private static final int FIRST = 0x4000_0000;
    private static final int INTERFACE = 0x4000_0001;
    private static final int VERSION = 0x4000_0002;
    private static final int FEATURES = 0x4000_0003;
    private static final int ADVICE = 0x4000_0004;
    private static final int LIMITS = 0x4000_0005;

    /** How far KVM's own leaves are behind. */
    private static final int LEAVES = 0x100;

    private static final String USUAL_VENDOR = "Microsoft Hv";
    private static final int VENDOR_SIZE = 12;
    private static final int USUAL_INTERFACE = 0x3123_7648; // "Hv#1"
    private static final int USUAL_BUILD = 14393;
    private static final int USUAL_MAJOR = 10;
    private static final int SERVICE_NUMBERS = 0xff_ffff;
    private static final int UNLIMITED = -1;
    private static final int USUAL_LIMIT = 64;

    private static final int HYPERCALLS = 1 << 5;
    private static final int MESSAGES_AND_SIGNALS = 1 << 4 | 1 << 5;
    private static final int PROCESSORS_COME_AND_GO = 1 << 3;
    private static final int ACCESS_APIC_BY_MSR = 1 << 3;
    private static final int NO_FOREIGN_NEIGHBOURS = 1 << 18;

    /** A processor's leaves with these. */
    CpuId addedTo(CpuId present) {
        List<CpuIdEntry> entries = new ArrayList<>();
        for (CpuIdEntry entry : present.entries()) {
            boolean isHypervisors = entry.function() >= FIRST && entry.function() < FIRST + LEAVES;
            entries.add(isHypervisors ? moved(entry) : entry);
        }
        entries.add(first());
        entries.add(isWhole() ? offered(INTERFACE) : leaf(INTERFACE, USUAL_INTERFACE, 0, 0, 0));
        entries.add(isWhole() ? offered(VERSION) : version());
        entries.add(featureLeaf());
        entries.add(advice());
        entries.add(limits());
        return new CpuId(entries);
    }

    private static CpuIdEntry moved(CpuIdEntry entry) {
        int eax = entry.function() == FIRST ? INTERFACE + LEAVES : entry.eax();
        return new CpuIdEntry(
                entry.function() + LEAVES,
                entry.index(),
                entry.indexed(),
                eax,
                entry.ebx(),
                entry.ecx(),
                entry.edx());
    }

    private boolean isWhole() {
        return options.areAllWanted();
    }

    private CpuIdEntry offered(int leaf) {
        return offered.find(leaf, 0).orElseGet(() -> leaf(leaf, 0, 0, 0, 0));
    }

    private static CpuIdEntry leaf(int function, int eax, int ebx, int ecx, int edx) {
        return new CpuIdEntry(function, 0, false, eax, ebx, ecx, edx);
    }

    private CpuIdEntry first() {
        if (isWhole()) {
            CpuIdEntry own = offered(FIRST);
            return leaf(FIRST, LIMITS, own.ebx(), own.ecx(), own.edx());
        }
        byte[] vendor =
                options.options()
                        .text(VENDOR)
                        .orElse(USUAL_VENDOR)
                        .getBytes(StandardCharsets.ISO_8859_1);
        ByteBuffer words =
                ByteBuffer.wrap(Arrays.copyOf(vendor, VENDOR_SIZE)).order(ByteOrder.LITTLE_ENDIAN);
        return leaf(FIRST, LIMITS, words.getInt(), words.getInt(), words.getInt());
    }

    private CpuIdEntry version() {
        return leaf(
                VERSION,
                number(BUILD, USUAL_BUILD),
                number(MAJOR, USUAL_MAJOR) << Short.SIZE | number(MINOR, 0),
                number(SERVICE_PACK, 0),
                number(BRANCH, 0) << 24 | number(SERVICE_NUMBER, 0) & SERVICE_NUMBERS);
    }

    private int number(String name, int usual) {
        return options.options().number(name).orElse(usual);
    }

    private CpuIdEntry featureLeaf() {
        boolean hasMessages = features.contains(HypervFeature.SYNIC);
        return leaf(
                FEATURES,
                bits(HypervFeature.Word.PRIVILEGES) | HYPERCALLS,
                hasMessages ? MESSAGES_AND_SIGNALS : 0,
                0,
                bits(HypervFeature.Word.FEATURES) | PROCESSORS_COME_AND_GO);
    }

    private int bits(CpuIdWord word) {
        return features.stream()
                .mapToInt(feature -> feature.bitsOf(word))
                .reduce(0, (some, more) -> some | more);
    }

    private CpuIdEntry advice() {
        int advice = bits(HypervFeature.Word.ADVICE);
        if (features.contains(HypervFeature.VAPIC) && !features.contains(HypervFeature.AVIC)) {
            advice |= ACCESS_APIC_BY_MSR;
        }
        int spins = isWhole() ? offered(ADVICE).ebx() : number(HypervOptions.SPINS, NEVER_NOTIFIED);
        return leaf(ADVICE, advice | neighbours(), spins, 0, 0);
    }

    private int neighbours() {
        return switch (options.options().text(ALONE_ON_ITS_CORE).orElse("off")) {
            case "on" -> NO_FOREIGN_NEIGHBOURS;
            case "auto" -> offered(ADVICE).eax() & NO_FOREIGN_NEIGHBOURS;
            default -> 0;
        };
    }

    private CpuIdEntry limits() {
        return isWhole()
                ? offered(LIMITS)
                : leaf(LIMITS, number(MOST_PROCESSORS, UNLIMITED), USUAL_LIMIT, 0, 0);
    }
}
