package kvm4j.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * One of an enum's values as users write it, in small letters.
 *
 * @param <E> the enum
 */
final class Choice<E extends Enum<E>> implements ITypeConverter<E> {

    private final E[] values;

    Choice(Class<E> type) {
        this.values = type.getEnumConstants();
    }

    @Override
    public E convert(String text) {
        for (E value : values) {
            if (nameOf(value).equals(text)) {
                return value;
            }
        }
        throw new TypeConversionException("'" + text + "' is none of: " + names());
    }

    /** All names, for help and errors. */
    String names() {
        return Arrays.stream(values).map(Choice::nameOf).collect(Collectors.joining(", "));
    }

    private static String nameOf(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
