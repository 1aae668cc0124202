package kvm4j.cli;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** A way for a guest's output that says when it has printed a text for the first time. */
final class TextWatch extends FilterOutputStream {

    private final byte[] text;
    private final int[] fallback;
    private final Runnable seen;
    private int matched;

    /**
     * A way for output.
     *
     * @param output where it goes
     * @param text what to watch for, not empty
     * @param seen run when it was printed, by whoever prints
     */
    TextWatch(OutputStream output, String text, Runnable seen) {
        super(output);
        this.text = text.getBytes(StandardCharsets.UTF_8);
        this.fallback = fallback(this.text);
        this.seen = seen;
    }

    /** How much of the text's beginning is matched still where the next byte does not match. */
    private static int[] fallback(byte[] text) {
        int[] fallback = new int[text.length + 1];
        int length = 0;
        for (int i = 1; i < text.length; i++) {
            while (length > 0 && text[i] != text[length]) {
                length = fallback[length];
            }
            if (text[i] == text[length]) {
                length++;
            }
            fallback[i + 1] = length;
        }
        return fallback;
    }

    @Override
    public void write(int value) throws IOException {
        out.write(value);
        match((byte) value);
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
        out.write(source, offset, length);
        for (int i = offset; i < offset + length; i++) {
            match(source[i]);
        }
    }

    private void match(byte value) {
        if (matched == text.length) {
            return; // it was seen
        }
        while (matched > 0 && value != text[matched]) {
            matched = fallback[matched];
        }
        if (value == text[matched]) {
            matched++;
        }
        if (matched == text.length) {
            seen.run();
        }
    }
}
