package kvm4j.device;

import java.time.Duration;
import java.time.Instant;

/** What a guest's clocks show when it goes on from a state that was saved. */
public enum GuestTime {
    /** Time stood still for the guest: its clocks go on from what they showed. */
    STOPPED,

    /** Time went on: its clocks show what they would if it had run all the while. */
    CAUGHT_UP;

    /** How much time passes at most: 36,500 days, which can be counted in nanoseconds. */
    public static final Duration LONGEST = Duration.ofDays(36_500);

    /**
     * How much later it is for the guest.
     *
     * @param savedAt when its state was saved, by the host's clock
     * @param now what that shows now
     * @return the time; negative if the host's clock was set back; not more than {@link #LONGEST}
     *     either way, whatever a file says of when it was saved
     */
    public Duration passed(Instant savedAt, Instant now) {
        return switch (this) {
            case STOPPED -> Duration.ZERO;
            case CAUGHT_UP -> limited(Duration.between(savedAt, now));
        };
    }

    private static Duration limited(Duration passed) {
        if (passed.compareTo(LONGEST) > 0) {
            return LONGEST;
        }
        return passed.compareTo(LONGEST.negated()) < 0 ? LONGEST.negated() : passed;
    }
}
