package kvm4j.device;

/** Calls its device when a time has passed. Made by {@link Timers}; any thread may use it. */
public interface Timer {

    /**
     * Sets the timer, once; a time that it was set to before no longer counts. A call that is
     * already under way is not held back, so the device looks whether its moment has really come.
     *
     * @param nanos how long from now, in nanoseconds; as soon as possible if not positive
     */
    void start(long nanos);

    /** Unsets the timer. Does nothing to one that is not set. */
    void stop();
}
