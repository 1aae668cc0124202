package kvm4j.cli;

/**
 * A number of 64 bits without a sign as users write it: decimal or, behind {@code 0x}, hexadecimal.
 *
 * @param value its bits
 */
record Unsigned(long value) {

    /**
     * Reads it.
     *
     * @param text such as {@code 10} or {@code 0xa}
     * @throws IllegalArgumentException if it is no such number
     */
    static Unsigned parse(String text) {
        boolean hexadecimal = text.startsWith("0x") || text.startsWith("0X");
        try {
            return new Unsigned(
                    hexadecimal
                            ? Long.parseUnsignedLong(text.substring(2), 16)
                            : Long.parseUnsignedLong(text));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "'" + text + "' is not a number from 0 to 2^64 - 1; examples: 10, 0xa", e);
        }
    }
}
