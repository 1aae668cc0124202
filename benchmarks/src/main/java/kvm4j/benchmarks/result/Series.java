package kvm4j.benchmarks.result;

import org.HdrHistogram.Histogram;

import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.zip.DataFormatException;

/**
 * What one contestant took for one kind of exit.
 *
 * @param contestant its name in files, such as {@code c} or {@code vcpu}
 * @param title its name for people
 * @param forks nanoseconds for each exit, turn by turn, for each start of fresh processes; the
 *     turns with the same number, of all contestants of a row, followed each other at once
 * @param instructions user-space instructions for each exit, or null where nothing counts them
 * @param histogram nanoseconds of single exits, an HdrHistogram, compressed, in Base64
 */
public record Series(
        String contestant,
        String title,
        List<double[]> forks,
        Double instructions,
        String histogram) {

    private static final MathContext SIX_DIGITS = new MathContext(6);
    private static final String NO_SAMPLES = encode(new Histogram(1));

    /**
     * A series; whatever file it comes from, every fork has turns, every turn a time, and the
     * histogram is one.
     */
    public Series {
        Objects.requireNonNull(contestant, "a series without a contestant");
        Objects.requireNonNull(title, "a series without a title");
        Objects.requireNonNull(histogram, "a series without a histogram");
        forks = List.copyOf(forks);
        if (forks.isEmpty() || forks.stream().anyMatch(turns -> turns.length == 0)) {
            throw new IllegalArgumentException("a series without turns");
        }
        if (!forks.stream().flatMapToDouble(Arrays::stream).allMatch(Double::isFinite)) {
            throw new IllegalArgumentException("a turn without a time");
        }
        decode(histogram);
    }

    /**
     * What it takes to compare the series with another: the turns, to six digits, which is closer
     * than they repeat, and no single exits.
     *
     * @return the same series, shorter
     */
    public Series brief() {
        return new Series(
                contestant,
                title,
                forks.stream().map(Series::rounded).toList(),
                instructions,
                NO_SAMPLES);
    }

    private static double[] rounded(double[] turns) {
        return Arrays.stream(turns)
                .map(turn -> new BigDecimal(turn).round(SIX_DIGITS).doubleValue())
                .toArray();
    }

    /**
     * A histogram in the way that {@link #histogram} has it.
     *
     * @param histogram the histogram
     * @return its text
     */
    public static String encode(Histogram histogram) {
        ByteBuffer buffer = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
        int length = histogram.encodeIntoCompressedByteBuffer(buffer);
        return Base64.getEncoder().encodeToString(Arrays.copyOf(buffer.array(), length));
    }

    /**
     * The single exits.
     *
     * @return their histogram, in nanoseconds
     */
    public Histogram samples() {
        return decode(histogram);
    }

    private static Histogram decode(String histogram) {
        try {
            byte[] bytes = Base64.getDecoder().decode(histogram);
            return Histogram.decodeFromCompressedByteBuffer(ByteBuffer.wrap(bytes), 0);
        } catch (DataFormatException | RuntimeException e) {
            throw new IllegalArgumentException("no HdrHistogram: " + e.getMessage(), e);
        }
    }
}
