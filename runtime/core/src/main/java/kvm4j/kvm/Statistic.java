package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_stats_desc;

import java.lang.foreign.MemorySegment;

/**
 * What one statistic counts: {@code struct kvm_stats_desc}.
 *
 * @param name its name, such as {@code exits}
 * @param type how its values come about
 * @param unit what it counts
 * @param base what the exponent is to the power of: 2 or 10
 * @param exponent a value times base to the power of this is in the unit
 * @param count how many values it has: more than one for a histogram
 * @param bucketSize how wide a bucket of a linear histogram is
 * @param offset where its values are among the data, in bytes
 */
public record Statistic(
        String name,
        Type type,
        Unit unit,
        int base,
        int exponent,
        int count,
        int bucketSize,
        int offset) {

    /** How the values of a statistic come about. */
    public enum Type {
        /** It only grows. */
        CUMULATIVE,
        /** It says how it is now. */
        INSTANT,
        /** It is the highest that was seen. */
        PEAK,
        /** Buckets of equal width. */
        LINEAR_HISTOGRAM,
        /** Bucket 0 for 0, and bucket n for values from 2^(n-1) on. */
        LOGARITHMIC_HISTOGRAM,
        /** A type that this version of kvm4j has no name for. */
        UNRECOGNISED
    }

    /** What a statistic counts. */
    public enum Unit {
        /** Events. */
        NONE,
        /** Bytes. */
        BYTES,
        /** Seconds. */
        SECONDS,
        /** Cycles of the processor. */
        CYCLES,
        /** 0 or 1. */
        BOOLEAN,
        /** A unit that this version of kvm4j has no name for. */
        UNRECOGNISED
    }

    private static final int TYPE_MASK = KvmUapi.KVM_STATS_TYPE_MASK();
    private static final int UNIT_MASK = KvmUapi.KVM_STATS_UNIT_MASK();
    private static final int UNIT_SHIFT = KvmUapi.KVM_STATS_UNIT_SHIFT();
    private static final int BASE_MASK = KvmUapi.KVM_STATS_BASE_MASK();

    static Statistic load(MemorySegment source) {
        int flags = kvm_stats_desc.flags(source);
        Type[] types = Type.values();
        Unit[] units = Unit.values();
        return new Statistic(
                source.getString(kvm_stats_desc.sizeof()),
                types[Math.min(flags & TYPE_MASK, types.length - 1)],
                units[Math.min((flags & UNIT_MASK) >> UNIT_SHIFT, units.length - 1)],
                (flags & BASE_MASK) == KvmUapi.KVM_STATS_BASE_POW2() ? 2 : 10,
                kvm_stats_desc.exponent(source),
                Short.toUnsignedInt(kvm_stats_desc.size(source)),
                kvm_stats_desc.bucket_size(source),
                kvm_stats_desc.offset(source));
    }
}
