package kvm4j.x86;

import java.util.OptionalLong;

/**
 * The paravirtual clock of a virtual machine, kvmclock.
 *
 * @param nanoseconds what kvmclock shows
 * @param tscStable whether all vCPUs show the same, by the TSC; the kernel's to say
 * @param realtime the host's real time at that moment, in nanoseconds since 1970, where it is known
 * @param hostTsc the host's TSC at that moment, where it is known; the kernel's to say
 */
public record ClockData(
        long nanoseconds, boolean tscStable, OptionalLong realtime, OptionalLong hostTsc) {

    /**
     * A clock to be set.
     *
     * @param nanoseconds what kvmclock is to show
     * @return the clock
     */
    public static ClockData at(long nanoseconds) {
        return new ClockData(nanoseconds, false, OptionalLong.empty(), OptionalLong.empty());
    }

    /**
     * This clock, to go on from where it is, whatever has passed since.
     *
     * @return a clock to be set, without a real time to be advanced from
     */
    public ClockData stopped() {
        return at(nanoseconds);
    }
}
