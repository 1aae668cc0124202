package kvm4j.machine;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What a machine holds of the host, given back in the opposite order of how it came, all of it
 * whatever goes wrong with a part.
 */
final class Holdings implements AutoCloseable {

    private final Deque<AutoCloseable> held = new ArrayDeque<>();

    /** Takes ownership. */
    synchronized <T extends AutoCloseable> T hold(T thing) {
        held.push(thing);
        return thing;
    }

    /** Gives everything back. Does nothing the second time. */
    @Override
    public synchronized void close() {
        RuntimeException failure = null;
        while (!held.isEmpty()) {
            try {
                held.pop().close();
            } catch (Throwable e) {
                if (failure == null) {
                    failure = new IllegalStateException("not everything could be given back", e);
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
