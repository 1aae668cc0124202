package kvm4j.kvm.msr;

import kvm4j.bindings.kvm.KvmUapi;

import java.util.Collection;
import java.util.EnumSet;
import java.util.Set;

/** Why an access to an MSR left the guest: {@code KVM_MSR_EXIT_REASON_*}. */
public enum MsrExitReason {
    /** The access is not valid: a reserved bit, most often. */
    INVALID(KvmUapi.KVM_MSR_EXIT_REASON_INVAL()),
    /** The kernel does not know the MSR. */
    UNKNOWN(KvmUapi.KVM_MSR_EXIT_REASON_UNKNOWN()),
    /** The {@linkplain MsrFilter filter} denies the access. */
    FILTER(KvmUapi.KVM_MSR_EXIT_REASON_FILTER());

    private final long bit;

    MsrExitReason(long bit) {
        this.bit = bit;
    }

    /**
     * The reasons as the kernel takes them.
     *
     * @param reasons the reasons
     * @return their bits
     */
    public static long mask(Collection<MsrExitReason> reasons) {
        return reasons.stream().mapToLong(reason -> reason.bit).reduce(0, (a, b) -> a | b);
    }

    /**
     * The reasons as the kernel gives them.
     *
     * @param mask their bits
     * @return the reasons, without bits that have no name here
     */
    public static Set<MsrExitReason> of(long mask) {
        Set<MsrExitReason> reasons = EnumSet.allOf(MsrExitReason.class);
        reasons.removeIf(reason -> (mask & reason.bit) == 0);
        return reasons;
    }
}
