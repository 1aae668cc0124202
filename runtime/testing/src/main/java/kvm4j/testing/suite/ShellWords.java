package kvm4j.testing.suite;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * The words that a shell makes of a text. No shell is asked, as a list of tests is data and not a
 * program: of what one would run or look up, only the time and the number of processors are known.
 */
final class ShellWords {

    private static final String TIME = "date +%s";
    private static final String TIME_IN_PARENTHESES = "(" + TIME + ")";
    private static final String PROCESSORS = "MAX_SMP";

    private final String text;
    private final List<String> words = new ArrayList<>();
    private final StringBuilder word = new StringBuilder();
    private boolean inWord;
    private int position;

    private ShellWords(String text) {
        this.text = text;
    }

    /**
     * Splits a text.
     *
     * @throws IllegalArgumentException if a quote is not closed
     * @throws UnsupportedOperationException if only a shell could tell
     */
    static List<String> of(String text) {
        ShellWords all = new ShellWords(text);
        all.read();
        return all.words;
    }

    private void read() {
        while (position < text.length()) {
            char c = text.charAt(position++);
            if (Character.isWhitespace(c)) {
                endWord();
                continue;
            }
            inWord = true;
            switch (c) {
                case '\'' -> word.append(until('\''));
                case '"' -> readQuoted();
                case '\\' -> readEscaped();
                default -> expand(c);
            }
        }
        endWord();
    }

    private void endWord() {
        if (inWord) {
            words.add(word.toString());
            word.setLength(0);
            inWord = false;
        }
    }

    private void readQuoted() {
        int start = position;
        while (position < text.length()) {
            char c = text.charAt(position++);
            if (c == '"') {
                return;
            }
            if (c == '\\' && position < text.length() && "$`\"\\\n".indexOf(next()) >= 0) {
                readEscaped();
            } else {
                expand(c);
            }
        }
        throw unclosed(start);
    }

    private char next() {
        return text.charAt(position);
    }

    private void readEscaped() {
        if (position < text.length()) {
            char c = text.charAt(position++);
            if (c != '\n') {
                word.append(c);
            }
        }
    }

    private void expand(char c) {
        switch (c) {
            case '`' -> {
                if (!until('`').strip().equals(TIME)) {
                    throw unknown();
                }
                word.append(Instant.now().getEpochSecond());
            }
            case '$' -> {
                if (take(TIME_IN_PARENTHESES)) {
                    word.append(Instant.now().getEpochSecond());
                } else if (take(PROCESSORS)) {
                    word.append(Runtime.getRuntime().availableProcessors());
                } else {
                    throw unknown();
                }
            }
            default -> word.append(c);
        }
    }

    private boolean take(String expected) {
        boolean there = text.startsWith(expected, position);
        position += there ? expected.length() : 0;
        return there;
    }

    private String until(char end) {
        int start = position;
        int found = text.indexOf(end, start);
        if (found < 0) {
            throw unclosed(start);
        }
        position = found + 1;
        return text.substring(start, found);
    }

    private IllegalArgumentException unclosed(int start) {
        return new IllegalArgumentException(
                "a quote is not closed: " + text.substring(start - 1).strip());
    }

    private UnsupportedOperationException unknown() {
        return new UnsupportedOperationException("kvm4j runs no shell for " + text.strip());
    }
}
