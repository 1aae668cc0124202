package kvm4j.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A number of 64 bits without a sign as users write it: decimal or, behind {@code 0x}, hexadecimal.
 *
 * @param value its bits
 */
record Unsigned(long value) {

    /** For picocli. */
    static final class Converter implements ITypeConverter<Unsigned> {
        @Override
        public Unsigned convert(String text) {
            boolean hexadecimal = text.startsWith("0x") || text.startsWith("0X");
            try {
                return new Unsigned(
                        hexadecimal
                                ? Long.parseUnsignedLong(text.substring(2), 16)
                                : Long.parseUnsignedLong(text));
            } catch (NumberFormatException e) {
                throw new TypeConversionException(
                        "'" + text + "' is not a number from 0 to 2^64 - 1; examples: 10, 0xa");
            }
        }
    }
}
