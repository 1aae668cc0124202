package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_clock_data;

import java.lang.foreign.MemorySegment;
import java.util.OptionalLong;

/**
 * The paravirtual clock of a VM: {@code struct kvm_clock_data}.
 *
 * @param nanoseconds what kvmclock shows
 * @param tscStable whether all vCPUs show the same, by the TSC; the kernel's to say
 * @param realtime the host's real time at that moment, in nanoseconds since 1970, where it is known
 * @param hostTsc the host's TSC at that moment, where it is known; the kernel's to say
 */
public record ClockData(
        long nanoseconds, boolean tscStable, OptionalLong realtime, OptionalLong hostTsc) {

    private static final int TSC_STABLE = KvmUapi.KVM_CLOCK_TSC_STABLE();
    private static final int REALTIME = KvmUapi.KVM_CLOCK_REALTIME();
    private static final int HOST_TSC = KvmUapi.KVM_CLOCK_HOST_TSC();

    /**
     * A clock to be set.
     *
     * @param nanoseconds what kvmclock is to show
     * @return the clock
     */
    public static ClockData at(long nanoseconds) {
        return new ClockData(nanoseconds, false, OptionalLong.empty(), OptionalLong.empty());
    }

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
    void store(MemorySegment target) {
        kvm_clock_data.clock(target, nanoseconds);
        kvm_clock_data.realtime(target, realtime.orElse(0));
        kvm_clock_data.flags(target, realtime.isPresent() ? REALTIME : 0);
    }
}
