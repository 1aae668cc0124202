package kvm4j.trace;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What the kernel's vendor module does with the processor besides entering guests, by the functions
 * that execute the instruction (Intel SDM volume 3, 31.3; AMD APM volume 2, 15.4 and 15.16).
 */
enum KernelOperation {
    /** CR4.VMXE is set and VMXON executed. */
    VMXON(Scope.HOST, "vmx_hardware_enable", "vmx_enable_virtualization_cpu"),
    /** VMXOFF is executed and CR4.VMXE cleared. */
    VMXOFF(Scope.HOST, "vmx_hardware_disable", "vmx_disable_virtualization_cpu"),
    /** EFER.SVME is set, and the host save area told. */
    SVM_ON(Scope.HOST, "svm_hardware_enable", "svm_enable_virtualization_cpu"),
    /** EFER.SVME is cleared. */
    SVM_OFF(Scope.HOST, "svm_hardware_disable", "svm_disable_virtualization_cpu"),
    /** A vCPU's VMCS is wanted: VMPTRLD, where it is not the processor's current one already. */
    VMCS_LOAD(Scope.VCPU, "vmx_vcpu_load_vmcs"),
    /** A VMCS leaves a processor. */
    VMCLEAR(Scope.HOST, "__loaded_vmcs_clear"),
    /**
     * Translations of guest-physical addresses are dropped: INVEPT, INVVPID where there is no EPT.
     */
    INVEPT(Scope.VCPU, "vmx_flush_tlb_all", "vmx_flush_tlb_current"),
    /** Translations of the guest's linear addresses are dropped. */
    INVVPID(Scope.VCPU, "vmx_flush_tlb_guest", "vmx_flush_tlb_gva"),
    /** A vCPU's VMCB is brought to a processor. */
    VMCB_LOAD(Scope.VCPU, "svm_vcpu_load"),
    /** All translations of the guest are dropped at its next entry: TLB_CONTROL of the VMCB. */
    TLB_FLUSH(Scope.VCPU, "svm_flush_tlb_all", "svm_flush_tlb_current", "svm_flush_tlb_asid"),
    /** The translation of one address is dropped. */
    INVLPGA(Scope.VCPU, "svm_flush_tlb_gva");

    /** On whose thread it happens. */
    enum Scope {
        /** Anybody's. */
        HOST,
        /** A vCPU's own. */
        VCPU;

        /** Those of some functions that are operations which happen there. */
        List<String> functionsOf(List<String> functions) {
            return functions.stream()
                    .filter(
                            function ->
                                    KernelOperation.of(function)
                                            .filter(operation -> operation.scope == this)
                                            .isPresent())
                    .toList();
        }
    }

    private final Scope scope;
    private final List<String> functions;

    KernelOperation(Scope scope, String... functions) {
        this.scope = scope;
        this.functions = List.of(functions);
    }

    /** The functions of all operations. */
    static List<String> functions() {
        return Arrays.stream(values()).flatMap(operation -> operation.functions.stream()).toList();
    }

    /** The operation that a function is. */
    static Optional<KernelOperation> of(String function) {
        return Arrays.stream(values())
                .filter(operation -> operation.functions.contains(function))
                .findFirst();
    }
}
