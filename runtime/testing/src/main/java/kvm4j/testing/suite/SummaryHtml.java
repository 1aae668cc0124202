package kvm4j.testing.suite;

import kvm4j.testing.ReadableText;

/** HTML as Markdown may contain it, of texts of which nothing is to be taken for markup. */
final class SummaryHtml {

    private static final int LONGEST_NAME = 80;

    private SummaryHtml() {}

    /** What is to stay in one line of a table. */
    static String unbroken(String text) {
        return text.replace(" ", "&nbsp;");
    }

    /** The name of a guest or a test. */
    static String name(String text) {
        return "<code>" + of(oneLine(text, LONGEST_NAME)) + "</code>";
    }

    /** Starts a line of its own, behind an empty one: Markdown leaves it alone to its end. */
    static String block(String text) {
        return "<pre>" + of(text.stripTrailing()) + "</pre>\n\n";
    }

    /** The beginning of a text, as text still. */
    static String oneLine(String text, int most) {
        return ShortText.of(ReadableText.of(text).strip().replaceAll("\\s*\n\\s*", " "), most);
    }

    /** Any text. */
    static String of(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
