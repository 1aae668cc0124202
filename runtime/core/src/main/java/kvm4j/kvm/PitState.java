package kvm4j.kvm;

import kvm4j.bindings.kvm.kvm_pit_state2;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The state of the interval timer in the kernel: {@code struct kvm_pit_state2}.
 *
 * @param channels its three channels
 * @param flags {@code KVM_PIT_FLAGS_*}: 1 while the HPET does its work, 2 while the speaker is on
 */
public record PitState(List<PitChannel> channels, int flags) {

    private static final int CHANNELS = 3;

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

    static PitState load(MemorySegment source) {
        List<PitChannel> channels = new ArrayList<>(CHANNELS);
        for (int i = 0; i < CHANNELS; i++) {
            channels.add(PitChannel.load(kvm_pit_state2.channels(source, i)));
        }
        return new PitState(channels, kvm_pit_state2.flags(source));
    }

    void store(MemorySegment target) {
        for (int i = 0; i < CHANNELS; i++) {
            channels.get(i).store(kvm_pit_state2.channels(target, i));
        }
        kvm_pit_state2.flags(target, flags);
    }
}
