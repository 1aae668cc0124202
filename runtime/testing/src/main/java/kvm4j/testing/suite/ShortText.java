package kvm4j.testing.suite;

/** Texts of guests, cut to what readers of reports take: they refuse, or cut without a word. */
final class ShortText {

    /** How long a word may be that is left out rather than cut. */
    private static final int WORD = 20;

    private ShortText() {}

    /**
     * The text, or its beginning with dots behind it, at the end of a word if there is one.
     *
     * @param most how many characters at most
     */
    static String of(String text, int most) {
        if (text.length() <= most) {
            return text;
        }
        int end = most - 3;
        int blank = text.lastIndexOf(' ', end);
        if (blank > end - WORD && blank > 0) {
            return text.substring(0, blank) + "...";
        }
        if (Character.isHighSurrogate(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end) + "...";
    }
}
