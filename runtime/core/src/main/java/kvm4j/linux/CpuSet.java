package kvm4j.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;
import java.util.stream.IntStream;

/** A set of the host's CPUs, as {@code sched_setaffinity(2)} takes it. */
public final class CpuSet {

    /** The CPUs that a set can hold; the kernel's own limit is as high. */
    public static final int CAPACITY = 8192;

    static final long MASK_BYTES = CAPACITY / Byte.SIZE;

    private final BitSet cpus;

    private CpuSet(BitSet cpus) {
        this.cpus = cpus;
    }

    /**
     * A set of these CPUs.
     *
     * @param numbers CPU numbers from 0 to {@link #CAPACITY} - 1, at least one
     * @return the set
     * @throws IllegalArgumentException if there is none, or one is out of range
     */
    public static CpuSet of(int... numbers) {
        BitSet cpus = new BitSet();
        for (int number : numbers) {
            if (number < 0 || number >= CAPACITY) {
                throw new IllegalArgumentException("no such CPU: " + number);
            }
            cpus.set(number);
        }
        if (cpus.isEmpty()) {
            throw new IllegalArgumentException("a CPU set needs a CPU");
        }
        return new CpuSet(cpus);
    }

    static CpuSet load(MemorySegment mask) {
        return new CpuSet(BitSet.valueOf(mask.asByteBuffer()));
    }

    void store(MemorySegment mask) {
        mask.fill((byte) 0);
        long[] words = cpus.toLongArray();
        MemorySegment.copy(words, 0, mask, ValueLayout.JAVA_LONG, 0, words.length);
    }

    /**
     * Whether a CPU is in the set.
     *
     * @param number a CPU number
     * @return whether it is
     */
    public boolean contains(int number) {
        return number >= 0 && cpus.get(number);
    }

    /**
     * The CPUs, lowest first.
     *
     * @return their numbers
     */
    public IntStream stream() {
        return cpus.stream();
    }

    /**
     * How many CPUs there are in the set.
     *
     * @return the number of CPUs
     */
    public int size() {
        return cpus.cardinality();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CpuSet set && cpus.equals(set.cpus);
    }

    @Override
    public int hashCode() {
        return cpus.hashCode();
    }

    @Override
    public String toString() {
        return "CPUs " + cpus;
    }
}
