package kvm4j.cli;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;
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
            Pattern.compile(
                    "(\\d+(?:\\.\\d+)?)(?:([" + UNITS + "])(?:i?B)?|(B))?",
                    Pattern.CASE_INSENSITIVE);

    private static final int MEBIBYTE = 20;

    /** What amounts with a fraction are rounded up to: a page, as no guest has less. */
    private static final BigDecimal GRAIN = BigDecimal.valueOf(4096);

    private static final BigDecimal LARGEST = BigDecimal.valueOf(Long.MAX_VALUE);

    /**
     * Reads a number with a unit of a power of 1024, such as {@code 64M} or {@code 1.5GiB}, or of
     * bytes, such as {@code 4096B}; without one it counts MiB.
     *
     * @throws IllegalArgumentException if it is anything else, or above 2^63 - 1 bytes
     */
    static MemorySize parse(String text) {
        Matcher matcher = SYNTAX.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "'" + text + "' is not an amount of memory; examples: 512 (MiB), 64M, 1.5G");
        }
        BigDecimal number = new BigDecimal(matcher.group(1));
        BigDecimal bytes = number.multiply(BigDecimal.valueOf(1L << scale(matcher)));
        if (number.stripTrailingZeros().scale() > 0) {
            bytes = bytes.divide(GRAIN, 0, RoundingMode.CEILING).multiply(GRAIN);
        }
        if (bytes.compareTo(LARGEST) > 0) {
            throw new IllegalArgumentException("'" + text + "' is more memory than can be named");
        }
        return new MemorySize(bytes.longValueExact());
    }

    private static int scale(Matcher matcher) {
        if (matcher.group(3) != null) {
            return 0;
        }
        String unit = matcher.group(2);
        return unit == null ? MEBIBYTE : 10 * (1 + UNITS.indexOf(unit.toUpperCase(Locale.ROOT)));
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
