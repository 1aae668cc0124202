package kvm4j.text;

/** Texts that others chose, such as names of files, made fit to be shown in a line of text. */
public final class Printable {

    private Printable() {}

    /**
     * A text without what would break its line, or command the terminal, or turn the order of its
     * letters about.
     *
     * @param text any text
     * @return the text, with such characters as escapes: {@code \n}, {@code \x1b}, {@code \u202e}
     */
    public static String of(String text) {
        if (text.codePoints().allMatch(Printable::isPlain)) {
            return text;
        }
        StringBuilder result = new StringBuilder();
        text.codePoints()
                .forEach(
                        character -> {
                            if (isPlain(character)) {
                                result.appendCodePoint(character);
                            } else {
                                result.append(escape(character));
                            }
                        });
        return result.toString();
    }

    private static boolean isPlain(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.PRIVATE_USE,
                    Character.SURROGATE,
                    Character.UNASSIGNED ->
                    false;
            default -> true;
        };
    }

    private static String escape(int character) {
        return switch (character) {
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            default -> {
                String format = character > 0xffff ? "\\U%08x" : "\\u%04x";
                yield (character > 0xff ? format : "\\x%02x").formatted(character);
            }
        };
    }
}
