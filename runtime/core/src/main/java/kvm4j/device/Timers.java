package kvm4j.device;

/** Where devices get their {@link Timer}s. */
@FunctionalInterface
public interface Timers {

    /** Timers that never expire: for devices whose guest polls them. */
    Timers NONE = onExpiry -> NeverExpiring.TIMER;

    /**
     * Makes a timer that is not set. It costs nothing until it is.
     *
     * @param onExpiry called each time that the timer expires, on a thread that is no vCPU's and
     *     serves other devices too: it takes locks that are held briefly and waits for nothing else
     * @return the timer
     */
    Timer timer(Runnable onExpiry);
}
