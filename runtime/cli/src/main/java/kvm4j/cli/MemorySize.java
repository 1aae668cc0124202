package kvm4j.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An amount of memory as users write it.
 *
 * @param bytes how much, not negative
 */
record MemorySize(long bytes) {

    private static final String UNITS = "KMGTPE";

    private static final Pattern SYNTAX =
            Pattern.compile("(\\d+)(?:([" + UNITS + "])(?:i?B)?|B)?", Pattern.CASE_INSENSITIVE);

    /**
     * Reads a number with a unit of a power of 1024, such as {@code 64M} or {@code 1GiB}; without
     * one it counts bytes.
     *
     * @throws IllegalArgumentException if it is anything else, or above 2^63 - 1 bytes
     */
    static MemorySize parse(String text) {
        Matcher matcher = SYNTAX.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "'" + text + "' is not an amount of memory; examples: 64M, 1G, 4096");
        }
        String unit = matcher.group(2);
        int scale = unit == null ? 0 : 10 * (1 + UNITS.indexOf(unit.toUpperCase().charAt(0)));
        try {
            return new MemorySize(
                    Math.multiplyExact(Long.parseLong(matcher.group(1)), 1L << scale));
        } catch (ArithmeticException | NumberFormatException e) {
            throw new IllegalArgumentException("'" + text + "' is more memory than can be named");
        }
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
