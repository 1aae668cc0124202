package kvm4j.kvm.irq;

import kvm4j.bindings.kvm.kvm_pit_channel_state;
import kvm4j.bindings.kvm.kvm_pit_state2;
import kvm4j.x86.PitChannel;
import kvm4j.x86.PitState;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** {@code struct kvm_pit_state2} and its channels. */
final class PitCodec {

    private PitCodec() {}

    static PitState load(MemorySegment source) {
        List<PitChannel> channels = new ArrayList<>(PitState.CHANNELS);
        for (int i = 0; i < PitState.CHANNELS; i++) {
            channels.add(loadChannel(kvm_pit_state2.channels(source, i)));
        }
        return new PitState(channels, kvm_pit_state2.flags(source));
    }

    private static PitChannel loadChannel(MemorySegment source) {
        return new PitChannel(
                kvm_pit_channel_state.count(source),
                Short.toUnsignedInt(kvm_pit_channel_state.latched_count(source)),
                Byte.toUnsignedInt(kvm_pit_channel_state.count_latched(source)),
                Byte.toUnsignedInt(kvm_pit_channel_state.status_latched(source)),
                Byte.toUnsignedInt(kvm_pit_channel_state.status(source)),
                Byte.toUnsignedInt(kvm_pit_channel_state.read_state(source)),
                Byte.toUnsignedInt(kvm_pit_channel_state.write_state(source)),
                Byte.toUnsignedInt(kvm_pit_channel_state.write_latch(source)),
                Byte.toUnsignedInt(kvm_pit_channel_state.rw_mode(source)),
                Byte.toUnsignedInt(kvm_pit_channel_state.mode(source)),
                Byte.toUnsignedInt(kvm_pit_channel_state.bcd(source)),
                Byte.toUnsignedInt(kvm_pit_channel_state.gate(source)),
                kvm_pit_channel_state.count_load_time(source));
    }

    static void store(PitState state, MemorySegment target) {
        for (int i = 0; i < PitState.CHANNELS; i++) {
            storeChannel(state.channels().get(i), kvm_pit_state2.channels(target, i));
        }
        kvm_pit_state2.flags(target, state.flags());
    }

    private static void storeChannel(PitChannel channel, MemorySegment target) {
        kvm_pit_channel_state.count(target, channel.count());
        kvm_pit_channel_state.latched_count(target, (short) channel.latchedCount());
        kvm_pit_channel_state.count_latched(target, (byte) channel.countLatched());
        kvm_pit_channel_state.status_latched(target, (byte) channel.statusLatched());
        kvm_pit_channel_state.status(target, (byte) channel.status());
        kvm_pit_channel_state.read_state(target, (byte) channel.readState());
        kvm_pit_channel_state.write_state(target, (byte) channel.writeState());
        kvm_pit_channel_state.write_latch(target, (byte) channel.writeLatch());
        kvm_pit_channel_state.rw_mode(target, (byte) channel.readWriteMode());
        kvm_pit_channel_state.mode(target, (byte) channel.mode());
        kvm_pit_channel_state.bcd(target, (byte) channel.bcd());
        kvm_pit_channel_state.gate(target, (byte) channel.gate());
        kvm_pit_channel_state.count_load_time(target, channel.loadTime());
    }
}
