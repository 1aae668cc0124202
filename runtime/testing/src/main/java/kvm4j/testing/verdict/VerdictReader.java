package kvm4j.testing.verdict;

import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads verdicts from what a guest sends, whatever it sends: lines without an end, bytes that are
 * no text, escape sequences. Takes as much memory as verdicts need, {@value #MOST} at most.
 */
public final class VerdictReader extends OutputStream {

    /** How many verdicts one guest can have. */
    public static final int MOST = 100_000;

    private final List<VerdictParser> parsers;
    private final LineReader lines = new LineReader(this::accept);
    private final List<Verdict> verdicts = new ArrayList<>();
    private long lost;
    private boolean ended;

    /**
     * A reader at the start of a guest's output.
     *
     * @param format what the guest speaks
     */
    public VerdictReader(VerdictFormat format) {
        parsers = format.parsers();
    }

    @Override
    public synchronized void write(int value) {
        lines.write(value);
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int count) {
        if (!parsers.isEmpty()) {
            lines.write(bytes, offset, count);
        }
    }

    private void accept(String line) {
        for (VerdictParser parser : parsers) {
            if (parser.accept(line, this::add)) {
                return;
            }
        }
    }

    private void add(Verdict verdict) {
        if (verdicts.size() < MOST) {
            verdicts.add(verdict);
        } else {
            lost++;
        }
    }

    /**
     * The verdicts of a guest that has ended. What it sends afterwards does not count.
     *
     * @return in the order in which the guest gave them; tests without a result have failed
     */
    public synchronized List<Verdict> end() {
        if (!ended) {
            ended = true;
            int before = verdicts.size();
            boolean endless = lines.end();
            if (endless) {
                verdicts.subList(before, verdicts.size()).replaceAll(VerdictReader::endless);
            }
            parsers.forEach(parser -> parser.end(this::add));
            if (lost > 0) {
                verdicts.add(
                        new Verdict(
                                "number of verdicts",
                                Verdict.Status.FAILED,
                                "%d verdicts beyond the first %d are lost".formatted(lost, MOST)));
            }
        }
        return List.copyOf(verdicts);
    }

    private static Verdict endless(Verdict verdict) {
        return new Verdict(
                verdict.name().substring(0, Math.min(80, verdict.name().length())) + "...",
                Verdict.Status.FAILED,
                "its line has no end");
    }
}
