package kvm4j.cli;

import kvm4j.testing.Quantity;

/**
 * An amount of memory as users write it.
 *
 * @param bytes how much, not negative
 */
record MemorySize(long bytes) {

    private static final String UNITS = "KMGTPE";

    /**
     * Reads an amount.
     *
     * @throws IllegalArgumentException as {@link Quantity#bytes} throws it
     */
    static MemorySize parse(String text) {
        return new MemorySize(Quantity.bytes(text));
    }

    /** The amount in the largest unit that divides it, such as {@code 64 MiB}. */
    @Override
    public String toString() {
        int scale = bytes == 0 ? 0 : Long.numberOfTrailingZeros(bytes) / 10;
        return scale == 0
                ? bytes + (bytes == 1 ? " byte" : " bytes")
                : (bytes >> 10 * scale) + " " + UNITS.charAt(scale - 1) + "iB";
    }
}
