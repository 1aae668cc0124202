package kvm4j.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.util.function.Function;

/**
 * What picocli makes a value of an option with.
 *
 * @param parser reads what the user wrote; what it cannot read is an {@link
 *     IllegalArgumentException} that says so
 * @param <T> the value's type
 */
record Parsed<T>(Function<String, T> parser) implements ITypeConverter<T> {

    @Override
    public T convert(String text) {
        try {
            return parser.apply(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
