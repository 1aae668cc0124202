package kvm4j.benchmarks.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import kvm4j.benchmarks.report.TrendReport;
import kvm4j.benchmarks.result.LabResults;
import kvm4j.benchmarks.statistics.Comparison;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Histories that were damaged at random; {@code -Dhistory.rounds} and {@code -Dhistory.seed}. */
class LineFuzzTest {

    private static final int ROUNDS = Integer.getInteger("history.rounds", 150);
    private static final long SEED = Long.getLong("history.seed", 20_261_130);
    private static final String[] TOKENS = {
        "null", "{}", "[]", "-1", "1e400", "\"NaN\"", "\"\"", "true", "\n", "\0", "\ufeff", "[[[[["
    };

    private final Random random = new Random(SEED);

    @Test
    void neverThrowsAndNeverMistakesALineForAnother() throws IOException {
        LabResults results = SampleHistory.results(SampleHistory.HOST, 20, "pio-out");
        Accepted accepted =
                SampleHistory.accepted("a", "2026-02-03T04:05:06Z", 20, "pio-out", "hlt");
        byte[] good = Line.format(accepted);
        for (int round = 0; round < ROUNDS; round++) {
            byte[] damaged = damage(good);
            List<Line> lines = new ArrayList<>();
            TrendReport trend = new TrendReport();
            Baseline baseline = new Baseline(results);
            LineReader.read(
                    new ByteArrayInputStream(concatenated(damaged, good)),
                    line -> {
                        lines.add(line);
                        trend.accept(line);
                        baseline.accept(line);
                    });
            String replay = "seed " + SEED + ", round " + round;
            assertEquals(Line.Result.class, lines.getLast().getClass(), replay);
            for (Line line : lines) {
                assertFalse(
                        line instanceof Line.Damaged(_, String why) && why.contains("\n"), replay);
            }
            trend.text();
            baseline.absence();
            compare(baseline.found().orElseThrow(), results);
        }
    }

    /** A line that was taken for a result can be compared, or refused in the way of all results. */
    private static void compare(Accepted accepted, LabResults results) {
        try {
            Comparison.requireForks(accepted.results());
        } catch (IllegalArgumentException tooFewForks) {
            return;
        }
        Comparison.of(accepted.results(), results, 0.005);
    }

    private static byte[] concatenated(byte[] damaged, byte[] good) {
        byte[] both = new byte[damaged.length + 1 + good.length];
        System.arraycopy(damaged, 0, both, 0, damaged.length);
        both[damaged.length] = '\n';
        System.arraycopy(good, 0, both, damaged.length + 1, good.length);
        return both;
    }

    private byte[] damage(byte[] good) {
        String text = new String(good, StandardCharsets.ISO_8859_1).strip();
        for (int i = random.nextInt(4); i >= 0; i--) {
            text = random.nextBoolean() ? damageAnywhere(text) : replaceAValue(text);
        }
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private String damageAnywhere(String text) {
        int at = random.nextInt(text.length() + 1);
        int end = Math.min(text.length(), at + random.nextInt(random.nextBoolean() ? 4 : 4000));
        return switch (random.nextInt(4)) {
            case 0 -> text.substring(0, at) + text.substring(end);
            case 1 -> text.substring(0, at) + text.substring(at, end) + text.substring(at);
            case 2 -> text.substring(0, at);
            default -> text.substring(0, at) + (char) random.nextInt(256) + text.substring(at);
        };
    }

    /** Another value for a key, so that it stays JSON more often than not. */
    private String replaceAValue(String text) {
        int colon = text.indexOf(':', random.nextInt(text.length() + 1));
        int end = colon < 0 ? -1 : text.indexOf(',', colon);
        return end < 0
                ? text
                : text.substring(0, colon + 1)
                        + TOKENS[random.nextInt(TOKENS.length)]
                        + text.substring(end);
    }
}
