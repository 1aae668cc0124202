package kvm4j.linux;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Closes shared arenas, also one whose memory a call in flight still holds, such as a channel's
 * write: it cannot be closed then, and nobody is told when it can. So one daemon thread for the
 * whole process, which there is only while there is such an arena, tries again: after a
 * millisecond, then less and less often, at least ten times a second. A try is one compare-and-set.
 */
final class ArenaCloser {

    private static final long FIRST_PAUSE = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LONGEST_PAUSE = TimeUnit.MILLISECONDS.toNanos(100);

    // both under this class's lock
    private static final List<Arena> HELD = new ArrayList<>();
    private static boolean isTrying;

    private ArenaCloser() {}

    /** Closes an arena now, or as soon as nobody holds it any more. Never throws. */
    static void close(Arena arena) {
        if (!tryClose(arena)) {
            defer(arena);
        }
    }

    private static boolean tryClose(Arena arena) {
        try {
            arena.close();
            return true;
        } catch (IllegalStateException held) {
            return !arena.scope().isAlive();
        }
    }

    private static synchronized void defer(Arena arena) {
        HELD.add(arena);
        if (isTrying) {
            return;
        }
        try {
            Thread.ofPlatform().daemon().name("kvm4j unmapping").start(ArenaCloser::keepTrying);
            isTrying = true;
        } catch (OutOfMemoryError noThread) {
            // the next arena to be deferred brings the thread that closes this one as well
        }
    }

    private static void keepTrying() {
        long pause = FIRST_PAUSE;
        while (!closeWhatIsFree()) {
            LockSupport.parkNanos(pause);
            pause = Math.min(2 * pause, LONGEST_PAUSE);
        }
    }

    /** Answers whether none is left. */
    private static synchronized boolean closeWhatIsFree() {
        HELD.removeIf(ArenaCloser::tryClose);
        isTrying = !HELD.isEmpty();
        return !isTrying;
    }
}
