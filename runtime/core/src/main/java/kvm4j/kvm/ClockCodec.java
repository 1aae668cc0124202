package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_clock_data;
import kvm4j.x86.ClockData;

import java.lang.foreign.MemorySegment;
import java.util.OptionalLong;

/** {@code struct kvm_clock_data}. */
final class ClockCodec {

    private static final int TSC_STABLE = KvmUapi.KVM_CLOCK_TSC_STABLE();
    private static final int REALTIME = KvmUapi.KVM_CLOCK_REALTIME();
    private static final int HOST_TSC = KvmUapi.KVM_CLOCK_HOST_TSC();

    private ClockCodec() {}

    static ClockData load(MemorySegment source) {
        int flags = kvm_clock_data.flags(source);
        return new ClockData(
                kvm_clock_data.clock(source),
                (flags & TSC_STABLE) != 0,
                (flags & REALTIME) != 0
                        ? OptionalLong.of(kvm_clock_data.realtime(source))
                        : OptionalLong.empty(),
                (flags & HOST_TSC) != 0
                        ? OptionalLong.of(kvm_clock_data.host_tsc(source))
                        : OptionalLong.empty());
    }

    /** With a real time, the kernel advances the clock by what has passed since. */
    static void store(ClockData clock, MemorySegment target) {
        kvm_clock_data.clock(target, clock.nanoseconds());
        kvm_clock_data.realtime(target, clock.realtime().orElse(0));
        kvm_clock_data.flags(target, clock.realtime().isPresent() ? REALTIME : 0);
    }
}
