package kvm4j.trace;

/**
 * Where the time of a vCPU's thread went, in nanoseconds.
 *
 * @param wall from its first call of {@code KVM_RUN} to the last return
 * @param nonRoot in the guest
 * @param kernel in root operation, in {@code KVM_RUN}
 * @param user in root operation, in user space
 * @param preempted without a processor, which others had
 * @param waiting without a processor, for want of anything to do
 */
public record WorldTimes(
        long wall, long nonRoot, long kernel, long user, long preempted, long waiting) {

    /**
     * What the others do not add up to, because entries or exits were not seen.
     *
     * @return nanoseconds
     */
    public long unknown() {
        return wall - nonRoot - kernel - user - preempted - waiting;
    }
}
