package kvm4j.device;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** Timers that expire when the test says so. */
final class ManualTimers implements Timers {

    private final List<ManualTimer> timers = new ArrayList<>();

    @Override
    public Timer timer(Runnable onExpiry) {
        ManualTimer timer = new ManualTimer(onExpiry);
        timers.add(timer);
        return timer;
    }

    /** Has those expire that are set. */
    void expire() {
        timers.forEach(ManualTimer::expire);
    }

    /** {@return for how long the first of them that is set is set, in nanoseconds} */
    OptionalLong next() {
        return timers.stream()
                .filter(timer -> timer.set)
                .mapToLong(timer -> timer.nanos)
                .findFirst();
    }

    private static final class ManualTimer implements Timer {

        private final Runnable onExpiry;
        private boolean set;
        private long nanos;

        ManualTimer(Runnable onExpiry) {
            this.onExpiry = onExpiry;
        }

        @Override
        public void start(long newNanos) {
            set = true;
            nanos = newNanos;
        }

        @Override
        public void stop() {
            set = false;
        }

        private void expire() {
            if (set) {
                set = false;
                onExpiry.run();
            }
        }
    }
}
