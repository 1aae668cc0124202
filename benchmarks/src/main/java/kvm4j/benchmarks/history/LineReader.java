package kvm4j.benchmarks.history;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Reads lines, of which none takes more memory than a history's may. */
final class LineReader {

    /** The longest line, in bytes: some ten times what a run of all kinds makes. */
    static final int LONGEST = 1 << 24;

    private final InputStream in;
    private final Consumer<Line> lines;
    private final ByteArrayOutputStream text = new ByteArrayOutputStream();
    private int number = 1;

    private LineReader(InputStream in, Consumer<Line> lines) {
        this.in = in;
        this.lines = lines;
    }

    /** Hands over each line that is not blank, the last one with or without a line end. */
    static void read(InputStream in, Consumer<Line> lines) throws IOException {
        new LineReader(in, lines).read();
    }

    private void read() throws IOException {
        byte[] chunk = new byte[1 << 16];
        for (int length = in.read(chunk); length >= 0; length = in.read(chunk)) {
            take(chunk, length);
        }
        endLine();
    }

    private void take(byte[] chunk, int length) {
        int start = 0;
        for (int i = 0; i < length; i++) {
            if (chunk[i] == '\n') {
                add(chunk, start, i);
                endLine();
                start = i + 1;
            }
        }
        add(chunk, start, length);
    }

    /** Of what is too long, one byte too many is kept. */
    private void add(byte[] chunk, int from, int to) {
        text.write(chunk, from, Math.min(to - from, LONGEST + 1 - text.size()));
    }

    private void endLine() {
        if (text.size() > LONGEST) {
            lines.accept(new Line.Damaged(number, "it is longer than %d bytes".formatted(LONGEST)));
        } else if (!isBlank()) {
            lines.accept(Line.parse(number, text.toByteArray()));
        }
        text.reset();
        number++;
    }

    private boolean isBlank() {
        return text.size() == 0 || text.toString(StandardCharsets.ISO_8859_1).isBlank();
    }
}
