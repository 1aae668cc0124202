package kvm4j.testing;

import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Amounts of memory and of time, as people write them. */
public final class Quantity {

    private static final String MEMORY_UNITS = "KMGTPE";

    private static final Pattern MEMORY =
            Pattern.compile(
                    "(\\d+(?:\\.\\d+)?)(?:([" + MEMORY_UNITS + "])(?:i?B)?|(B))?",
                    Pattern.CASE_INSENSITIVE);

    private static final Pattern TIME =
            Pattern.compile("(\\d+(?:\\.\\d+)?)(ns|us|ms|s|m|h|d|w|y)?");

    private static final int MEBIBYTE = 20;

    /** What amounts of memory with a fraction are rounded up to: a page, as no guest has less. */
    private static final long GRAIN = 4096;

    private static final int NANOS_PER_MILLISECOND = 1_000_000;

    private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

    private Quantity() {}

    /**
     * An amount of memory: a number with a unit of a power of 1024, such as {@code 64M} or {@code
     * 1.5GiB}, or of bytes, such as {@code 4096B}; without one it counts MiB.
     *
     * @param text the amount
     * @return bytes; an amount with a fraction is rounded up to a multiple of 4096
     * @throws IllegalArgumentException if it is anything else, or above 2^63 - 1 bytes
     */
    public static long bytes(String text) {
        Matcher matcher = MEMORY.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "'" + text + "' is not an amount of memory; examples: 512 (MiB), 64M, 1.5G");
        }
        try {
            return times(matcher.group(1), 1L << scale(matcher), GRAIN);
        } catch (ArithmeticException tooMuch) {
            throw new IllegalArgumentException(
                    "'" + text + "' is more memory than can be named", tooMuch);
        }
    }

    /**
     * An amount in units.
     *
     * @throws ArithmeticException if it is above 2^63 - 1
     */
    private static long times(String digits, long unit, long grain) {
        if (digits.indexOf('.') >= 0) {
            return Fraction.times(digits, unit, grain);
        }
        try {
            return Math.multiplyExact(Long.parseLong(digits), unit);
        } catch (NumberFormatException tooManyDigits) {
            throw new ArithmeticException(digits + " is too large");
        }
    }

    private static int scale(Matcher matcher) {
        if (matcher.group(3) != null) {
            return 0;
        }
        String unit = matcher.group(2);
        return unit == null
                ? MEBIBYTE
                : 10 * (1 + MEMORY_UNITS.indexOf(unit.toUpperCase(Locale.ROOT)));
    }

    /**
     * A time: {@code 2s}, {@code 500ms}, {@code 1.5m}, {@code 1h}; without a unit it counts
     * seconds.
     *
     * @param text the time
     * @return the time, rounded up to nanoseconds; one that is longer than 292 years, which is as
     *     far as the clock goes, is that long
     * @throws IllegalArgumentException if it is none
     */
    public static Duration duration(String text) {
        Matcher matcher = TIME.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "'" + text + "' is not a time; examples: 2s, 500ms, 1.5m, 1d");
        }
        try {
            return Duration.ofNanos(times(matcher.group(1), unit(matcher.group(2)).toNanos(), 1));
        } catch (ArithmeticException tooLong) {
            return LONGEST;
        }
    }

    /**
     * A time as {@link #duration} reads it.
     *
     * @param time not negative
     * @return in milliseconds, or in nanoseconds where it is no whole number of these
     */
    public static String text(Duration time) {
        return time.getNano() % NANOS_PER_MILLISECOND == 0
                ? TimeUnit.MILLISECONDS.convert(time) + "ms"
                : TimeUnit.NANOSECONDS.convert(time) + "ns";
    }

    private static Duration unit(String name) {
        return switch (name) {
            case "ns" -> Duration.ofNanos(1);
            case "us" -> Duration.ofNanos(1_000);
            case "ms" -> Duration.ofMillis(1);
            case "m" -> Duration.ofMinutes(1);
            case "h" -> Duration.ofHours(1);
            case "d" -> Duration.ofDays(1);
            case "w" -> Duration.ofDays(7);
            case "y" -> Duration.ofDays(365);
            case null, default -> Duration.ofSeconds(1);
        };
    }
}
