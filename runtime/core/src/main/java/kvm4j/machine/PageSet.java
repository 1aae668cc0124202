package kvm4j.machine;

import java.util.BitSet;

/**
 * Pages of a machine's memory, by their place in the file that a snapshot has of it: region behind
 * region, lowest address first.
 *
 * @param bits a bit for each page
 */
record PageSet(BitSet bits) {

    /** No page. */
    PageSet() {
        this(new BitSet());
    }

    void add(long page) {
        bits.set(Math.toIntExact(page));
    }

    void addAll(PageSet others) {
        bits.or(others.bits);
    }
}
