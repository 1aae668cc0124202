package kvm4j.device;

/** The timer of {@link Timers#NONE}. */
enum NeverExpiring implements Timer {
    /** It keeps no time, so there need not be two. */
    TIMER;

    @Override
    public void start(long nanos) {
        // nobody waits for it
    }

    @Override
    public void stop() {
        // it does not run
    }
}
