package kvm4j.benchmarks.history;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Reads lines, of which none takes more memory than a history's may. */
final class LineReader {

    /** The longest line, in bytes: some twenty times what a run of all kinds makes. */
    static final int LONGEST = 1 << 25;

    private final InputStream in;
    private final Consumer<Line> lines;
    private final ByteArrayOutputStream text = new ByteArrayOutputStream();
    private int number = 1;

    private LineReader(InputStream in, Consumer<Line> lines) {
        this.in = new BufferedInputStream(in, 1 << 16);
        this.lines = lines;
    }

    /** Hands over each line that is not blank, the last one with or without a line end. */
    static void read(InputStream in, Consumer<Line> lines) throws IOException {
        new LineReader(in, lines).read();
    }

    private void read() throws IOException {
        for (int next = in.read(); next >= 0; next = in.read()) {
            if (next == '\n') {
                endLine();
            } else if (text.size() <= LONGEST) {
                text.write(next);
            }
        }
        endLine();
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
