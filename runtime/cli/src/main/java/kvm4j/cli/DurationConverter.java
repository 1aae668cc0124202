package kvm4j.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A time as users write it: {@code 2s}, {@code 500ms}, {@code 1.5m}, {@code 1h}; without a unit it
 * counts seconds. One that is longer than 292 years, which is as far as the clock goes, is that
 * long.
 */
final class DurationConverter implements ITypeConverter<Duration> {

    private static final Pattern SYNTAX =
            Pattern.compile("(\\d+(?:\\.\\d+)?)(ns|us|ms|s|m|h|d|w|y)?");

    private static final BigDecimal LONGEST = BigDecimal.valueOf(Long.MAX_VALUE);

    @Override
    public Duration convert(String text) {
        Matcher matcher = SYNTAX.matcher(text);
        if (!matcher.matches()) {
            throw new TypeConversionException(
                    "'" + text + "' is not a time; examples: 2s, 500ms, 1.5m, 1d");
        }
        Duration unit =
                switch (matcher.group(2)) {
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
        return Duration.ofNanos(
                new BigDecimal(matcher.group(1))
                        .multiply(BigDecimal.valueOf(unit.toNanos()))
                        .setScale(0, RoundingMode.CEILING)
                        .min(LONGEST)
                        .longValueExact());
    }
}
