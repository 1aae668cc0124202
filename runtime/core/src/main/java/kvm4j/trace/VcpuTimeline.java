package kvm4j.trace;

import kvm4j.linux.NativeThread;

import java.util.List;

/**
 * One vCPU's life.
 *
 * @param vcpu its number
 * @param thread the thread that it ran on
 * @param from when it called {@code KVM_RUN} first, in nanoseconds of {@link System#nanoTime};
 *     {@link Rounds#UNSEEN} if it never did
 * @param rounds its stays in the guest
 * @param absences when its thread had no processor
 * @param moments what else happened to it
 * @param times where the time went
 * @param emulated how many instructions the kernel executed in its place
 * @param forwarded how often {@code KVM_RUN} returned with an exit, as the kernel traced it
 * @param received the same, as user space counted it
 */
public record VcpuTimeline(
        int vcpu,
        NativeThread thread,
        long from,
        Rounds rounds,
        List<Absence> absences,
        List<Moment> moments,
        WorldTimes times,
        long emulated,
        long forwarded,
        long received) {

    /** Takes copies of the lists. */
    public VcpuTimeline {
        absences = List.copyOf(absences);
        moments = List.copyOf(moments);
    }

    /**
     * When it was seen last in {@code KVM_RUN}, or on its way there or back.
     *
     * @return nanoseconds of {@link System#nanoTime}, {@link Rounds#UNSEEN} if it never was
     */
    public long to() {
        return from == Rounds.UNSEEN ? from : from + times.wall();
    }
}
