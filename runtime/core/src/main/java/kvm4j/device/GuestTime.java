package kvm4j.device;

import java.time.Duration;
import java.time.Instant;

/** What a guest's clocks show when it goes on from a state that was saved. */
public enum GuestTime {
    /** Time stood still for the guest: its clocks go on from what they showed. */
    STOPPED,

    /** Time went on: its clocks show what they would if it had run all the while. */
    CAUGHT_UP;

    /**
     * How much later it is for the guest.
     *
     * @param savedAt when its state was saved, by the host's clock
     * @param now what that shows now
     * @return the time; negative if the host's clock was set back
     */
    public Duration passed(Instant savedAt, Instant now) {
        return switch (this) {
            case STOPPED -> Duration.ZERO;
            case CAUGHT_UP -> Duration.between(savedAt, now);
        };
    }
}
