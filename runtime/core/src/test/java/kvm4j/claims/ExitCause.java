package kvm4j.claims;

import java.util.Map;

/** Why a guest is left, as VMX and as SVM have it, and as KVM names it in its tracepoints. */
enum ExitCause {
    PORT("IO_INSTRUCTION", "io"),
    CPUID("CPUID", "cpuid"),
    MSR_READ("MSR_READ", "msr"),
    MSR_WRITE("MSR_WRITE", "msr"),
    HALT("HLT", "hlt"),
    HYPERCALL("VMCALL", "hypercall"),
    SHUTDOWN("TRIPLE_FAULT", "shutdown"),
    CONTROL_REGISTER_0("CR_ACCESS", "write_cr0"),
    CONTROL_REGISTER_4("CR_ACCESS", "write_cr4"),
    PAGE("EPT_VIOLATION", "npf"),
    /** A page that KVM marked as MMIO at its first fault; SVM has no such mark. */
    DEVICE_PAGE("EPT_MISCONFIG", "npf"),
    INTERRUPT("EXTERNAL_INTERRUPT", "interrupt");

    private final String vmx;
    private final String svm;

    ExitCause(String vmx, String svm) {
        this.vmx = vmx;
        this.svm = svm;
    }

    /** How many exits have this cause. */
    long in(Map<String, Long> exits, VendorModule module) {
        return exits.getOrDefault(module == VendorModule.KVM_INTEL ? vmx : svm, 0L);
    }
}
