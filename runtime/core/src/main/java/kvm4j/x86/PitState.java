package kvm4j.x86;

import java.util.List;

/**
 * The state of an 8254 interval timer.
 *
 * @param channels its three channels
 * @param flags {@code KVM_PIT_FLAGS_*}: 1 while the HPET does its work, 2 while the speaker is on
 */
public record PitState(List<PitChannel> channels, int flags) {

    /** How many channels it has. */
    public static final int CHANNELS = 3;

    /**
     * A state.
     *
     * @throws IllegalArgumentException if there are not three channels
     */
    public PitState {
        channels = List.copyOf(channels);
        if (channels.size() != CHANNELS) {
            throw new IllegalArgumentException("the PIT has 3 channels: " + channels.size());
        }
    }
}
