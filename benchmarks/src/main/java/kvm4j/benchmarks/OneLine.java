package kvm4j.benchmarks;

/** A message that may have in it what others wrote, such as a part of a file that is damaged. */
final class OneLine {

    private OneLine() {}

    /**
     * A text without what would break its line, command the terminal, or turn its letters about.
     *
     * @param text any text
     * @return the text, with a question mark for each such character
     */
    static String of(String text) {
        StringBuilder line = new StringBuilder(text.length());
        text.codePoints().map(one -> isPlain(one) ? one : '?').forEach(line::appendCodePoint);
        return line.toString();
    }

    private static boolean isPlain(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE ->
                    false;
            default -> true;
        };
    }
}
