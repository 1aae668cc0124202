package kvm4j.x86;

/**
 * What a vCPU knows of guests of its guest: VMXON region, VMCS12 and the like, kept as the kernel
 * gave it; {@code struct kvm_nested_state}.
 *
 * @param format whose hardware the guest uses
 * @param flags {@code KVM_STATE_NESTED_*}: 1 while a nested guest runs
 * @param content the whole structure
 */
public record NestedState(Format format, int flags, Bytes content) {

    private static final int GUEST_MODE = 1;

    /** Whose virtualization the guest uses. */
    public enum Format {
        /** Intel's. */
        VMX,
        /** AMD's. */
        SVM
    }

    /**
     * Whether a nested guest runs.
     *
     * @return whether the vCPU is in guest mode of its own
     */
    public boolean isInGuestMode() {
        return (flags & GUEST_MODE) != 0;
    }
}
