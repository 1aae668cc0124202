package kvm4j.testing;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * What a guest sent: its beginning and its end, {@value #HALF} bytes of each, so that no guest
 * fills the host's memory. Whoever waits for a text is woken when it comes.
 */
final class Transcript extends OutputStream {

    /** How much is kept of the beginning, and of the end. */
    static final int HALF = 1 << 20;

    private byte[] head = new byte[256];
    private int headLength;
    private byte[] tail = {};
    private long total;
    private long read;

    @Override
    public synchronized void write(int value) {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) {
        int first = Math.min(length, HALF - headLength);
        if (first > 0) {
            if (headLength + first > head.length) {
                head =
                        Arrays.copyOf(
                                head,
                                Math.min(HALF, Math.max(head.length * 2, headLength + first)));
            }
            System.arraycopy(bytes, offset, head, headLength, first);
            headLength += first;
            total += first;
        }
        append(bytes, offset + first, length - first);
        notifyAll();
    }

    private void append(byte[] bytes, int offset, int length) {
        int from = offset;
        int left = length;
        if (left > 0 && tail.length == 0) {
            tail = new byte[HALF];
        }
        while (left > 0) {
            int place = (int) ((total - HALF) % HALF);
            int step = Math.min(left, HALF - place);
            System.arraycopy(bytes, from, tail, place, step);
            total += step;
            from += step;
            left -= step;
        }
    }

    /** How many bytes the guest sent. */
    synchronized long total() {
        return total;
    }

    /** All of it as text, with a line in the midst that says how much is left out. */
    synchronized String text() {
        String beginning = new String(head, 0, headLength, StandardCharsets.UTF_8);
        if (total <= HALF) {
            return beginning;
        }
        long lost = Math.max(0, total - 2L * HALF);
        String end = new String(since(HALF + lost), StandardCharsets.UTF_8);
        return lost == 0
                ? beginning + end
                : beginning + "\n[... %d bytes are left out ...]\n".formatted(lost) + end;
    }

    /** What came from a position on, as far as it is kept. */
    private byte[] since(long position) {
        long from = Math.max(position, total > 2L * HALF ? total - HALF : 0);
        byte[] result = new byte[(int) (total - from)];
        for (int i = 0; i < result.length; i++) {
            long at = from + i;
            result[i] = at < HALF ? head[(int) at] : tail[(int) ((at - HALF) % HALF)];
        }
        return result;
    }

    /**
     * Waits for a text behind the last that was waited for.
     *
     * @param limit how long at most; the clock goes no farther than 292 years
     * @param isOver whether nothing more will come
     * @return whether it came
     */
    synchronized boolean await(String text, Duration limit, BooleanSupplier isOver)
            throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.NANOSECONDS.convert(limit);
        byte[] wanted = text.getBytes(StandardCharsets.UTF_8);
        while (true) {
            boolean over = isOver.getAsBoolean();
            byte[] unread = since(read);
            int found = indexOf(unread, wanted);
            if (found >= 0) {
                read = total - unread.length + found + wanted.length;
                return true;
            }
            long left = deadline - System.nanoTime();
            if (over || left <= 0) {
                return false;
            }
            long before = total;
            while (total == before && !isOver.getAsBoolean() && left > 0) {
                wait(Math.min(left / 1_000_000 + 1, 100));
                left = deadline - System.nanoTime();
            }
        }
    }

    private static int indexOf(byte[] text, byte[] wanted) {
        for (int i = 0; i <= text.length - wanted.length; i++) {
            if (Arrays.equals(text, i, i + wanted.length, wanted, 0, wanted.length)) {
                return i;
            }
        }
        return -1;
    }

    /** What came behind the last text that was waited for. */
    synchronized String unread() {
        return new String(since(read), StandardCharsets.UTF_8);
    }
}
