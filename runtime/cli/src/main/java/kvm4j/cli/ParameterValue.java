package kvm4j.cli;

/**
 * A value for one of a guest's parameters as users write it: {@code NAME=N}.
 *
 * @param name the parameter's name, or the place of a word in the parameter block
 * @param value the word
 */
record ParameterValue(String name, Unsigned value) {

    /**
     * Reads it.
     *
     * @param text such as {@code count=1000}
     * @throws IllegalArgumentException if it is no name and value
     */
    static ParameterValue parse(String text) {
        int end = text.indexOf('=');
        if (end < 1) {
            throw new IllegalArgumentException(
                    "'" + text + "' is not NAME=N; examples: count=1000, 0=0x10");
        }
        return new ParameterValue(text.substring(0, end), Unsigned.parse(text.substring(end + 1)));
    }
}
