package kvm4j.testing.cpu;

import kvm4j.x86.CpuId;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Where a processor shows whether it has a feature. */
sealed interface FeatureBit {

    /**
     * In CPUID.
     *
     * @param word the register
     * @param mask the bit
     */
    record InCpuId(CpuIdWord word, int mask) implements FeatureBit {}

    /**
     * In an MSR that says what the processor can do.
     *
     * @param msr the register
     * @param mask the bit
     */
    record InMsr(int msr, long mask) implements FeatureBit {}

    /**
     * The bits of a feature.
     *
     * @param name as QEMU calls it, with dashes
     * @return nothing if there is no such feature
     */
    static List<FeatureBit> of(String name) {
        return Table.BITS.getOrDefault(name, List.of());
    }

    /** What of these bits CPUID does not answer, by QEMU's names where it has one. */
    static List<String> missing(Map<CpuIdWord, Integer> wanted, CpuId offered) {
        List<String> missing = new ArrayList<>();
        wanted.forEach(
                (word, bits) -> {
                    for (int rest = bits & ~word.in(offered); rest != 0; rest &= rest - 1) {
                        missing.add(name(new InCpuId(word, Integer.lowestOneBit(rest))));
                    }
                });
        return missing.stream().sorted().toList();
    }

    private static String name(InCpuId bit) {
        return Table.BITS.entrySet().stream()
                .filter(entry -> entry.getValue().contains(bit))
                .map(Map.Entry::getKey)
                .sorted()
                .findFirst()
                .orElse(bit.toString());
    }

    /** All words of CPUID that tell of features. */
    static Set<CpuIdWord> words() {
        return Table.WORDS;
    }

    /** What is in the list, which is read when it is needed. */
    final class Table {

        private static final String MSR = "msr.";
        private static final Map<String, List<FeatureBit>> BITS = new HashMap<>();
        private static final Set<CpuIdWord> WORDS;

        static {
            for (String line : Lines.of("features.txt")) {
                String[] words = line.split(" ");
                FeatureBit bit = bit(words[0], Integer.parseInt(words[1]));
                for (int i = 2; i < words.length; i++) {
                    BITS.computeIfAbsent(words[i], _ -> new ArrayList<>()).add(bit);
                }
            }
            WORDS =
                    BITS.values().stream()
                            .flatMap(List::stream)
                            .filter(InCpuId.class::isInstance)
                            .map(bit -> ((InCpuId) bit).word())
                            .collect(Collectors.toUnmodifiableSet());
        }

        private Table() {}

        private static FeatureBit bit(String place, int number) {
            return place.startsWith(MSR)
                    ? new InMsr(Integer.parseInt(place.substring(MSR.length()), 16), 1L << number)
                    : new InCpuId(CpuIdWord.parse(place), 1 << number);
        }
    }
}
