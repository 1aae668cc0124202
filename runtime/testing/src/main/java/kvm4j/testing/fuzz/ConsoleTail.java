package kvm4j.testing.fuzz;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** The last {@value #KEPT} bytes of what a guest prints. */
final class ConsoleTail extends OutputStream {

    /** How many bytes are kept. */
    static final int KEPT = 4096;

    private final byte[] ring = new byte[KEPT];
    private long total;

    @Override
    public synchronized void write(int value) {
        ring[(int) (total++ % KEPT)] = (byte) value;
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) {
        for (int i = Math.max(0, length - KEPT); i < length; i++) {
            write(bytes[offset + i]);
        }
    }

    /** Forgets what came until now. What the guest has sent and is on its way comes yet. */
    synchronized void clear() {
        total = 0;
    }

    /** {@return what is kept} */
    synchronized String text() {
        int length = (int) Math.min(total, KEPT);
        byte[] kept = new byte[length];
        for (int i = 0; i < length; i++) {
            kept[i] = ring[(int) ((total - length + i) % KEPT)];
        }
        return new String(kept, StandardCharsets.UTF_8);
    }
}
