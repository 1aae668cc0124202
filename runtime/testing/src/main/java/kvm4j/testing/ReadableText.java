package kvm4j.testing;

import kvm4j.text.Printable;

import java.util.regex.Pattern;

/** What a guest printed, as a report shows it to people, in places that are no terminal. */
public final class ReadableText {

    /** The longest line that is shown whole, in characters. */
    static final int LONGEST_LINE = 1000;

    /** What {@link #end} leaves, in characters. */
    static final int LONGEST_END = 2000;

    private static final int BEGINNING_OF_LINE = 800;
    private static final int END_OF_LINE = 100;

    /** ECMA-48: a control sequence, a control string, or another escape sequence. */
    private static final Pattern ESCAPE_SEQUENCE =
            Pattern.compile(
                    "\u001b(?:\\[[0-?]*+[ -/]*+[@-~]"
                            + "|[\\]PX^_][^\u0007\u001b\n]*+(?:\u0007|\u001b\\\\)?"
                            + "|[ -/]*+[0-~&&[^\\[\\]PX^_]])");

    private static final Pattern LINE_END = Pattern.compile("\r*\n|\r");

    private ReadableText() {}

    /**
     * A text without escape sequences, with other control characters, and what would turn the order
     * of its letters about, as {@code \x07} or {@code \u202e}.
     *
     * @param text any text
     * @return the text, with {@code \n} at the ends of its lines, of which those that are longer
     *     than {@value #LONGEST_LINE} characters have only their beginning and their end
     */
    public static String of(String text) {
        String lines = LINE_END.matcher(text).replaceAll("\n");
        String plain = ESCAPE_SEQUENCE.matcher(lines).replaceAll("");
        StringBuilder result = new StringBuilder(plain.length());
        int start = 0;
        while (start < plain.length()) {
            int end = plain.indexOf('\n', start);
            int stop = end < 0 ? plain.length() : end;
            appendLine(result, plain.substring(start, stop));
            if (end >= 0) {
                result.append('\n');
            }
            start = stop + 1;
        }
        return result.toString();
    }

    private static void appendLine(StringBuilder result, String line) {
        if (line.length() <= LONGEST_LINE) {
            appendVisible(result, line);
            return;
        }
        int from = line.offsetByCodePoints(0, BEGINNING_OF_LINE);
        int to = line.offsetByCodePoints(line.length(), -END_OF_LINE);
        appendVisible(result, line.substring(0, from));
        result.append("[... %d characters ...]".formatted(to - from));
        appendVisible(result, line.substring(to));
    }

    /** Tabs are no danger, and keep tables what they are. */
    private static void appendVisible(StringBuilder result, String line) {
        for (int start = 0; start <= line.length(); ) {
            int tab = line.indexOf('\t', start);
            int stop = tab < 0 ? line.length() : tab;
            result.append(Printable.of(line.substring(start, stop)));
            if (tab >= 0) {
                result.append('\t');
            }
            start = stop + 1;
        }
    }

    /**
     * The end of a text, as a message that is one of many can have it.
     *
     * @param text any text
     * @return as of {@link #of}, and no more than {@value #LONGEST_END} characters, with dots
     *     before them if there were more
     */
    public static String end(String text) {
        String readable = of(text);
        return readable.length() <= LONGEST_END
                ? readable
                : "[...]\n" + tail(readable, LONGEST_END - 6);
    }

    /**
     * The end of a text, from the start of a line.
     *
     * @param most how many characters at most
     */
    static String tail(String text, int most) {
        if (text.length() <= most) {
            return text;
        }
        int from = text.length() - most;
        int line = text.indexOf('\n', from - 1) + 1;
        boolean hasLine = line > 0 && line < text.length();
        if (hasLine) {
            return text.substring(line);
        }
        return text.substring(Character.isLowSurrogate(text.charAt(from)) ? from + 1 : from);
    }
}
