package kvm4j.kvm;

import kvm4j.bindings.kvm.kvm_pit_channel_state;

import java.lang.foreign.MemorySegment;

/**
 * The state of one channel of the interval timer in the kernel: {@code struct
 * kvm_pit_channel_state}.
 *
 * @param count the reload value, from 1 to 65536
 * @param latchedCount the count that a latch command kept
 * @param countLatched how a latched count is read
 * @param statusLatched whether the status is latched
 * @param status the latched status
 * @param readState which byte is read next
 * @param writeState which byte is written next
 * @param writeLatch the first byte of a count of two
 * @param readWriteMode which bytes are accessed
 * @param mode the operating mode, from 0 to 5
 * @param bcd whether it counts in binary-coded decimal
 * @param gate the level of the gate input
 * @param loadTime when the count was loaded, in nanoseconds of the host's monotonic clock
 */
public record PitChannel(
        int count,
        int latchedCount,
        int countLatched,
        int statusLatched,
        int status,
        int readState,
        int writeState,
        int writeLatch,
        int readWriteMode,
        int mode,
        int bcd,
        int gate,
        long loadTime) {

    /**
     * This channel with another reload value.
     *
     * @param newCount from 1 to 65536
     * @return a copy
     */
    public PitChannel withCount(int newCount) {
        return new PitChannel(
                newCount,
                latchedCount,
                countLatched,
                statusLatched,
                status,
                readState,
                writeState,
                writeLatch,
                readWriteMode,
                mode,
                bcd,
                gate,
                loadTime);
    }

    static PitChannel load(MemorySegment source) {
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

    void store(MemorySegment target) {
        kvm_pit_channel_state.count(target, count);
        kvm_pit_channel_state.latched_count(target, (short) latchedCount);
        kvm_pit_channel_state.count_latched(target, (byte) countLatched);
        kvm_pit_channel_state.status_latched(target, (byte) statusLatched);
        kvm_pit_channel_state.status(target, (byte) status);
        kvm_pit_channel_state.read_state(target, (byte) readState);
        kvm_pit_channel_state.write_state(target, (byte) writeState);
        kvm_pit_channel_state.write_latch(target, (byte) writeLatch);
        kvm_pit_channel_state.rw_mode(target, (byte) readWriteMode);
        kvm_pit_channel_state.mode(target, (byte) mode);
        kvm_pit_channel_state.bcd(target, (byte) bcd);
        kvm_pit_channel_state.gate(target, (byte) gate);
        kvm_pit_channel_state.count_load_time(target, loadTime);
    }
}
