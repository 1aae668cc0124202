package kvm4j.testing.cpu;

import static kvm4j.testing.cpu.CpuIdWord.Register.EAX;
import static kvm4j.testing.cpu.CpuIdWord.Register.EDX;

import kvm4j.x86.CpuId;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What KVM can do of Hyper-V, by QEMU's names: Hypervisor Top-Level Functional Specification. */
enum HypervFeature {
    RELAXED(Map.of(Word.ADVICE, 1 << 5)),
    VAPIC(Map.of(Word.PRIVILEGES, 1 << 4)),
    TIME(Map.of(Word.PRIVILEGES, 1 << 1 | 1 << 9)),
    CRASH(Map.of(Word.FEATURES, 1 << 10)),
    RESET(Map.of(Word.PRIVILEGES, 1 << 7)),
    VPINDEX(Map.of(Word.PRIVILEGES, 1 << 6)),
    RUNTIME(Map.of(Word.PRIVILEGES, 1)),
    SYNIC(Map.of(Word.PRIVILEGES, 1 << 2), VPINDEX),
    STIMER(Map.of(Word.PRIVILEGES, 1 << 3), SYNIC, TIME),
    STIMER_DIRECT(Map.of(Word.FEATURES, 1 << 19), STIMER),
    FREQUENCIES(Map.of(Word.PRIVILEGES, 1 << 11, Word.FEATURES, 1 << 8)),
    REENLIGHTENMENT(Map.of(Word.PRIVILEGES, 1 << 13)),
    TLBFLUSH(Map.of(Word.ADVICE, 1 << 2 | 1 << 11), VPINDEX),
    TLBFLUSH_EXT(Map.of(Word.FEATURES, 1 << 14), TLBFLUSH),
    IPI(Map.of(Word.ADVICE, 1 << 10 | 1 << 11), VPINDEX),
    AVIC(Map.of(Word.ADVICE, 1 << 9)),
    XMM_INPUT(Map.of(Word.FEATURES, 1 << 4));

    /** Where the features are. */
    static final class Word {

        static final CpuIdWord PRIVILEGES = new CpuIdWord(0x4000_0003, 0, EAX);
        static final CpuIdWord FEATURES = new CpuIdWord(0x4000_0003, 0, EDX);
        static final CpuIdWord ADVICE = new CpuIdWord(0x4000_0004, 0, EAX);

        private Word() {}
    }

    private static final String PREFIX = "hv-";
    private static final String OTHER_NAME_OF_AVIC = "hv-apicv";

    private final Map<CpuIdWord, Integer> bits;
    private final List<HypervFeature> needed;

    HypervFeature(Map<CpuIdWord, Integer> bits, HypervFeature... needed) {
        this.bits = bits;
        this.needed = List.of(needed);
    }

    /** Finds one by its name, with dashes. */
    static Optional<HypervFeature> find(String name) {
        return name.equals(OTHER_NAME_OF_AVIC)
                ? Optional.of(AVIC)
                : Arrays.stream(values())
                        .filter(feature -> feature.qemuName().equals(name))
                        .findFirst();
    }

    /** As QEMU calls it. */
    String qemuName() {
        return PREFIX + name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** What it cannot be without. */
    List<HypervFeature> needed() {
        return needed;
    }

    /** Whether KVM offers it. */
    boolean isOffered(CpuId offered) {
        return bits.entrySet().stream()
                .allMatch(bit -> (bit.getKey().in(offered) & bit.getValue()) == bit.getValue());
    }

    /** Its bits in a word. */
    int bitsOf(CpuIdWord word) {
        return bits.getOrDefault(word, 0);
    }
}
