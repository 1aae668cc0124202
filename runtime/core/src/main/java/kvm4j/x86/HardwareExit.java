package kvm4j.x86;

/**
 * Why the hardware left a guest: what it wrote into the VMCS or the VMCB. The kernel handles most
 * of these itself; few become a {@code KVM_EXIT_*} that user space gets to see.
 */
public sealed interface HardwareExit permits VmxExit, SvmExit {

    /**
     * The reason's number, as the hardware gives it.
     *
     * @return VMX's basic exit reason, or SVM's exit code
     */
    long code();

    /**
     * The reason's name, as the field uses it.
     *
     * @return such as {@code IO_INSTRUCTION} or {@code VMEXIT_IOIO}; for a number without a name
     *     here, the number
     */
    String name();

    /**
     * What the guest did, in a few words.
     *
     * @return empty for a number that is not known here
     */
    String meaning();

    /**
     * What the hardware says about this exit besides, in words.
     *
     * @param information the exit qualification of VMX, or EXITINFO1 of SVM
     * @param more IDT-vectoring information of VMX, or EXITINFO2 of SVM
     * @return such as {@code OUT, 1 byte, port 0x3f8}; empty where it says nothing
     */
    String describe(long information, long more);
}
