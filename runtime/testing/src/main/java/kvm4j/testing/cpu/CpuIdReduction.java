package kvm4j.testing.cpu;

import static kvm4j.testing.cpu.CpuIdWord.Register.EAX;
import static kvm4j.testing.cpu.CpuIdWord.Register.EBX;
import static kvm4j.testing.cpu.CpuIdWord.Register.ECX;
import static kvm4j.testing.cpu.CpuIdWord.Register.EDX;

import kvm4j.x86.CpuId;
import kvm4j.x86.CpuIdEntry;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Makes of what CPUID can answer what a lesser processor does: Intel SDM volume 2, CPUID; AMD APM
 * volume 3, appendix E.
 */
final class CpuIdReduction {

    private static final int BASIC = 0;
    private static final int FEATURES = 0x1;
    private static final int MORE = 0x7;
    private static final int COUNTERS = 0xa;
    private static final int EXTENDED_STATE = 0xd;
    private static final int PARAVIRTUAL = 0x4000_0000;
    private static final int PARAVIRTUAL_LEAVES = 0x100;
    private static final int EXTENDED = 0x8000_0000;
    private static final int EXTENDED_FEATURES = 0x8000_0001;
    private static final int TITLE = 0x8000_0002;
    private static final int TITLE_LEAVES = 3;
    private static final int SIZES = 0x8000_0008;

    private static final CpuIdWord FEATURES_ECX = new CpuIdWord(FEATURES, 0, ECX);
    private static final CpuIdWord FEATURES_EDX = new CpuIdWord(FEATURES, 0, EDX);
    private static final CpuIdWord AMD_EDX = new CpuIdWord(EXTENDED_FEATURES, 0, EDX);
    private static final CpuIdWord MORE_EBX = new CpuIdWord(MORE, 0, EBX);
    private static final CpuIdWord MORE_ECX = new CpuIdWord(MORE, 0, ECX);
    private static final CpuIdWord MORE_EDX = new CpuIdWord(MORE, 0, EDX);
    private static final CpuIdWord MORE_1_EAX = new CpuIdWord(MORE, 1, EAX);
    private static final CpuIdWord MORE_1_EDX = new CpuIdWord(MORE, 1, EDX);
    private static final CpuIdWord AMD_ECX = new CpuIdWord(EXTENDED_FEATURES, 0, ECX);

    /** What tells of a processor's place among the others: several threads, several cores. */
    private static final Map<CpuIdWord, Integer> PLACE =
            Map.of(FEATURES_EDX, 1 << 28, AMD_ECX, 1 << 1);

    /** What AMD's processors tell twice: the bits of leaf 1 in leaf 0x80000001. */
    private static final int TOLD_TWICE = 0x0183_f3ff;

    private static final int AMD = 0x6874_7541;
    private static final int HYGON = 0x6f67_7948;

    private static final int XSAVE = 1 << 26;
    private static final int FIVE_LEVELS = 1 << 16;
    private static final int ADDRESS_BITS = 0xffff;
    private static final int LINEAR_BITS = 48;
    private static final int LINEAR_BITS_OF_FIVE_LEVELS = 57;

    /** The XSAVE area without what AVX and later extensions add. */
    private static final int LEGACY_AREA = 576;

    /**
     * A leaf that means something with a feature alone.
     *
     * @param leaf the leaf
     * @param word where the feature is
     * @param mask its bit
     */
    private record Dependent(int leaf, CpuIdWord word, int mask) {

        /** SGX, processor trace, last branch records, tiles (two leaves), SVM. */
        static final Dependent[] ALL = {
            new Dependent(0x12, MORE_EBX, 1 << 2),
            new Dependent(0x14, MORE_EBX, 1 << 25),
            new Dependent(0x1c, MORE_EDX, 1 << 19),
            new Dependent(0x1d, MORE_EDX, 1 << 24),
            new Dependent(0x1e, MORE_EDX, 1 << 24),
            new Dependent(0x8000_000a, AMD_ECX, 1 << 2),
        };
    }

    /**
     * A part of the state that XSAVE saves.
     *
     * @param bits in XCR0 or IA32_XSS
     * @param word where the feature is that it belongs to
     * @param mask that feature's bit
     */
    private record StatePart(int bits, CpuIdWord word, int mask) {

        /** x87 and SSE; AVX; MPX; AVX-512; protection keys; CET (two features); branches; tiles. */
        static final StatePart[] ALL = {
            new StatePart(0b11, FEATURES_ECX, XSAVE),
            new StatePart(1 << 2, FEATURES_ECX, 1 << 28),
            new StatePart(0b11 << 3, MORE_EBX, 1 << 14),
            new StatePart(0b111 << 5, MORE_EBX, 1 << 16),
            new StatePart(1 << 9, MORE_ECX, 1 << 3),
            new StatePart(0b11 << 11, MORE_ECX, 1 << 7),
            new StatePart(0b11 << 11, MORE_EDX, 1 << 20),
            new StatePart(1 << 15, MORE_EDX, 1 << 19),
            new StatePart(0b11 << 17, MORE_EDX, 1 << 24),
        };
    }

    private final CpuId offered;
    private CpuId changed;

    CpuIdReduction(CpuId offered) {
        this.offered = offered;
        this.changed = offered;
    }

    /** Takes away all features but these. */
    void keep(Map<CpuIdWord, Integer> features) {
        for (CpuIdWord word : FeatureBit.words()) {
            int kept = features.getOrDefault(word, 0) | PLACE.getOrDefault(word, 0);
            set(word, word.in(changed) & kept);
        }
        if ((MORE_1_EAX.in(changed) | MORE_1_EDX.in(changed)) == 0) {
            set(new CpuIdWord(MORE, 0, EAX), 0);
            removeLeaves(entry -> entry.function() == MORE && entry.index() > 0);
        }
    }

    /** Gives back a feature, if it is offered. */
    void add(FeatureBit.InCpuId bit) {
        set(bit.word(), bit.word().in(changed) | bit.word().in(offered) & bit.mask());
    }

    /** Takes away a feature. */
    void remove(FeatureBit.InCpuId bit) {
        set(bit.word(), bit.word().in(changed) & ~bit.mask());
    }

    /** Takes away the performance counters. */
    void removeCounters() {
        removeLeaves(entry -> entry.function() == COUNTERS);
    }

    /** Takes away what tells of KVM. */
    void removeParavirtual() {
        removeLeaves(
                entry ->
                        entry.function() >= PARAVIRTUAL
                                && entry.function() < PARAVIRTUAL + PARAVIRTUAL_LEAVES);
    }

    /** Says who made it, in 12 characters. */
    void vendor(String name) {
        ByteBuffer text = characters(name, name.length());
        int ebx = text.getInt();
        int edx = text.getInt();
        int ecx = text.getInt();
        for (int leaf : new int[] {BASIC, EXTENDED}) {
            set(new CpuIdWord(leaf, 0, EBX), ebx);
            set(new CpuIdWord(leaf, 0, ECX), ecx);
            set(new CpuIdWord(leaf, 0, EDX), edx);
        }
    }

    private boolean isAmd() {
        int vendor = new CpuIdWord(BASIC, 0, EBX).in(changed);
        return vendor == AMD || vendor == HYGON;
    }

    /** Which processor it is. */
    Signature signature() {
        return Signature.of(new CpuIdWord(FEATURES, 0, EAX).in(changed));
    }

    /** Says which processor it is: AMD's do twice. */
    void sign(Signature signature) {
        set(new CpuIdWord(FEATURES, 0, EAX), signature.eax());
        if (isAmd()) {
            set(new CpuIdWord(EXTENDED_FEATURES, 0, EAX), signature.eax());
        }
    }

    /** Says what it is sold as, in 48 characters at most. */
    void title(String title) {
        ByteBuffer text = characters(title, TITLE_LEAVES * 4 * Integer.BYTES);
        for (int i = 0; i < TITLE_LEAVES; i++) {
            for (CpuIdWord.Register register : CpuIdWord.Register.values()) {
                set(new CpuIdWord(TITLE + i, 0, register), text.getInt());
            }
        }
    }

    private static ByteBuffer characters(String text, int size) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        ByteBuffer buffer = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        return buffer.put(bytes, 0, Math.min(bytes.length, size)).rewind();
    }

    /** Says how long a physical address is; a linear one is as long as the features say. */
    void addressBits(int physical) {
        CpuIdWord word = new CpuIdWord(SIZES, 0, EAX);
        int linear =
                (MORE_ECX.in(changed) & FIVE_LEVELS) == 0
                        ? LINEAR_BITS
                        : LINEAR_BITS_OF_FIVE_LEVELS;
        set(word, word.in(changed) & ~ADDRESS_BITS | linear << Byte.SIZE | physical);
    }

    /** How long a physical address can be. */
    int offeredAddressBits() {
        return new CpuIdWord(SIZES, 0, EAX).in(offered) & 0xff;
    }

    /** Takes away what depends on features that it has not. */
    void completeFeatures() {
        if (isAmd()) {
            int twice = FEATURES_EDX.in(changed) & TOLD_TWICE;
            set(AMD_EDX, AMD_EDX.in(changed) & ~TOLD_TWICE | twice);
        }
        for (Dependent dependent : Dependent.ALL) {
            if ((dependent.word.in(changed) & dependent.mask) == 0) {
                removeLeaves(entry -> entry.function() == dependent.leaf);
            }
        }
        reduceState();
    }

    private void reduceState() {
        if ((FEATURES_ECX.in(changed) & XSAVE) == 0) {
            removeLeaves(entry -> entry.function() == EXTENDED_STATE);
            return;
        }
        int gone = 0;
        int there = 0;
        for (StatePart part : StatePart.ALL) {
            if ((part.word.in(changed) & part.mask) == 0) {
                gone |= part.bits;
            } else {
                there |= part.bits;
            }
        }
        int removed = gone & ~there;
        CpuIdWord user = new CpuIdWord(EXTENDED_STATE, 0, EAX);
        CpuIdWord supervisor = new CpuIdWord(EXTENDED_STATE, 1, ECX);
        if (((user.in(changed) | supervisor.in(changed)) & removed) == 0) {
            return;
        }
        set(user, user.in(changed) & ~removed);
        set(supervisor, supervisor.in(changed) & ~removed);
        removeLeaves(
                entry ->
                        entry.function() == EXTENDED_STATE
                                && entry.index() > 1
                                && entry.index() < Integer.SIZE
                                && (removed >>> entry.index() & 1) != 0);
        set(new CpuIdWord(EXTENDED_STATE, 0, ECX), areaSize());
    }

    private int areaSize() {
        int parts = new CpuIdWord(EXTENDED_STATE, 0, EAX).in(changed);
        return changed.entries().stream()
                .filter(entry -> entry.function() == EXTENDED_STATE && entry.index() > 1)
                .filter(entry -> entry.index() < Integer.SIZE)
                .filter(entry -> (parts >>> entry.index() & 1) != 0)
                .mapToInt(entry -> entry.eax() + entry.ebx())
                .reduce(LEGACY_AREA, Math::max);
    }

    /** A basic leaf, or the last that tells of features it has, where that is higher. */
    int needed(int leaf) {
        return higher(leaf, highestWithFeatures(BASIC));
    }

    /** The same of extended leaves, where 0 stands for none. */
    int neededExtended(int leaf) {
        int needed = highestWithFeatures(EXTENDED);
        return needed == EXTENDED ? leaf : higher(leaf, needed);
    }

    /** Takes away the basic leaves above one. */
    void limitTo(int leaf) {
        limit(BASIC, leaf);
    }

    /** Takes away the extended leaves above one; all, if it is none. */
    void limitExtendedTo(int leaf) {
        limit(EXTENDED, leaf);
    }

    private void limit(int range, int last) {
        CpuIdWord highest = new CpuIdWord(range, 0, EAX);
        if (Integer.compareUnsigned(last, highest.in(changed)) < 0) {
            set(highest, last);
        }
        removeLeaves(
                entry ->
                        rangeOf(entry.function()) == range
                                && Integer.compareUnsigned(entry.function(), last) > 0);
    }

    private int highestWithFeatures(int range) {
        int highest =
                FeatureBit.words().stream()
                        .filter(word -> rangeOf(word.leaf()) == range && tellsOfFeatures(word))
                        .mapToInt(CpuIdWord::leaf)
                        .reduce(range, CpuIdReduction::higher);
        boolean saves = range == BASIC && (FEATURES_ECX.in(changed) & XSAVE) != 0;
        return saves ? Math.max(highest, EXTENDED_STATE) : highest;
    }

    private boolean tellsOfFeatures(CpuIdWord word) {
        return (word.in(changed) & ~PLACE.getOrDefault(word, 0)) != 0;
    }

    private static int higher(int one, int other) {
        return Integer.compareUnsigned(one, other) > 0 ? one : other;
    }

    private static int rangeOf(int leaf) {
        return leaf & 0xffff_0000;
    }

    CpuId result() {
        return changed;
    }

    private void set(CpuIdWord word, int value) {
        changed = word.with(value, changed);
    }

    private void removeLeaves(Predicate<CpuIdEntry> which) {
        changed = new CpuId(changed.entries().stream().filter(which.negate()).toList());
    }
}
