package kvm4j.testing.verdict;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * Makes lines of what a guest sends: without carriage returns, control characters and terminals'
 * escape sequences (ECMA-48), of at most {@value #LONGEST} bytes, with U+FFFD for what is no UTF-8.
 */
final class LineReader extends OutputStream {

    /** How much of a line counts, in bytes. */
    static final int LONGEST = 4096;

    private enum State {
        TEXT,
        ESCAPE,
        CONTROL_SEQUENCE,
        CONTROL_STRING,
        CONTROL_STRING_ESCAPE
    }

    private static final int BELL = 0x07;
    private static final int ESCAPE = 0x1b;

    private final Consumer<String> lines;
    private final byte[] line = new byte[LONGEST];
    private int length;
    private boolean cut;
    private State state = State.TEXT;

    LineReader(Consumer<String> lines) {
        this.lines = lines;
    }

    @Override
    public void write(byte[] bytes, int offset, int count) {
        for (int i = 0; i < count; i++) {
            write(bytes[offset + i]);
        }
    }

    @Override
    public void write(int value) {
        int octet = value & 0xff;
        if (octet == '\n') {
            emit();
            return;
        }
        state =
                switch (state) {
                    case TEXT -> text(octet);
                    case ESCAPE -> escape(octet);
                    case CONTROL_SEQUENCE ->
                            octet >= 0x40 && octet <= 0x7e ? State.TEXT : State.CONTROL_SEQUENCE;
                    case CONTROL_STRING ->
                            octet == BELL
                                    ? State.TEXT
                                    : octet == ESCAPE
                                            ? State.CONTROL_STRING_ESCAPE
                                            : State.CONTROL_STRING;
                    case CONTROL_STRING_ESCAPE -> octet == '\\' ? State.TEXT : State.CONTROL_STRING;
                };
    }

    private State text(int octet) {
        if (octet == ESCAPE) {
            return State.ESCAPE;
        }
        if (octet >= ' ' && octet != 0x7f || octet == '\t') {
            if (length < LONGEST) {
                line[length++] = (byte) octet;
            } else {
                cut = true;
            }
        }
        return State.TEXT;
    }

    private static State escape(int octet) {
        return switch (octet) {
            case '[' -> State.CONTROL_SEQUENCE;
            case ']', 'P', 'X', '^', '_' -> State.CONTROL_STRING;
            default -> octet >= 0x20 && octet <= 0x2f ? State.ESCAPE : State.TEXT;
        };
    }

    private void emit() {
        String text = new String(line, 0, length, StandardCharsets.UTF_8);
        length = 0;
        cut = false;
        state = State.TEXT;
        lines.accept(text);
    }

    /**
     * Nothing more will come.
     *
     * @return whether the last line was so long that its end cannot be known
     */
    boolean end() {
        boolean endless = cut;
        if (length > 0) {
            emit();
        }
        return endless;
    }
}
