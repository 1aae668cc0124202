package kvm4j.testing;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Amounts of memory and of time, as people write them. */
public final class Quantity {

    private static final Pattern SYNTAX =
            Pattern.compile("(\\d{1,15}(?:\\.\\d{1,9})?) *([A-Za-z]*)");
    private static final Map<String, Long> BYTES =
            Map.of("b", 1L, "k", 1L << 10, "", 1L << 20, "m", 1L << 20, "g", 1L << 30);
    private static final Map<String, Long> NANOSECONDS =
            Map.of(
                    "ms", 1_000_000L,
                    "", 1_000_000_000L,
                    "s", 1_000_000_000L,
                    "m", 60_000_000_000L,
                    "h", 3_600_000_000_000L);

    private Quantity() {}

    /**
     * An amount of memory.
     *
     * @param text such as {@code 64M}, {@code 1.5G}, {@code 4096B}; a bare number counts MiB
     * @return bytes
     * @throws IllegalArgumentException if it is none
     */
    public static long bytes(String text) {
        return parse(text, BYTES, true, "amount of memory; examples: 64M, 1.5G, 4096B");
    }

    /**
     * A time.
     *
     * @param text such as {@code 10s}, {@code 500ms}, {@code 1.5m}; a bare number counts seconds
     * @return the time, more than 0
     * @throws IllegalArgumentException if it is none
     */
    public static Duration duration(String text) {
        long nanoseconds = parse(text, NANOSECONDS, false, "time; examples: 10s, 500ms, 1.5m");
        if (nanoseconds == 0) {
            throw new IllegalArgumentException("'" + text + "' is no time at all");
        }
        return Duration.ofNanos(nanoseconds);
    }

    private static long parse(String text, Map<String, Long> units, boolean lower, String what) {
        Matcher matcher = SYNTAX.matcher(text.strip());
        if (matcher.matches()) {
            String name = matcher.group(2);
            Long unit = units.get(lower ? name.toLowerCase(Locale.ROOT) : name);
            if (unit != null) {
                return new BigDecimal(matcher.group(1))
                        .multiply(BigDecimal.valueOf(unit))
                        .setScale(0, RoundingMode.CEILING)
                        .min(BigDecimal.valueOf(Long.MAX_VALUE))
                        .longValueExact();
            }
        }
        throw new IllegalArgumentException("'" + text + "' is no " + what);
    }
}
