package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;

/** The types of virtual machine that {@code KVM_CREATE_VM} takes on x86. */
public enum VmType {
    /** A machine whose memory the host sees: what every host has. */
    DEFAULT(KvmUapi.KVM_X86_DEFAULT_VM()),
    /** A machine with private memory that software alone protects, to test such machines with. */
    SW_PROTECTED(KvmUapi.KVM_X86_SW_PROTECTED_VM()),
    /** AMD Secure Encrypted Virtualization. */
    SEV(KvmUapi.KVM_X86_SEV_VM()),
    /** AMD SEV with encrypted registers. */
    SEV_ES(KvmUapi.KVM_X86_SEV_ES_VM()),
    /** AMD SEV with secure nested paging. */
    SNP(KvmUapi.KVM_X86_SNP_VM()),
    /** Intel Trust Domain Extensions. */
    TDX(KvmUapi.KVM_X86_TDX_VM());

    private final int code;

    VmType(int code) {
        this.code = code;
    }

    /**
     * The number in the kernel's interface, {@code KVM_X86_*_VM}.
     *
     * @return the number
     */
    public int code() {
        return code;
    }
}
