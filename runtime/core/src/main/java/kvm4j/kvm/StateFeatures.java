package kvm4j.kvm;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a host's KVM has of a processor's state beyond what all have. It is asked for that once, as
 * the answers are the same for all processors, and some take longer than to restore a register.
 *
 * @param pageDirectoryPointers whether special registers come with those of PAE
 * @param extendedControl whether there is XCR0
 * @param debugRegisters whether there are debug registers
 * @param nested whether a guest's guests have a state
 * @param tscFrequency whether the TSC's frequency is known
 * @param vmTscFrequency whether a virtual machine tells that of its new vCPUs
 * @param tscOffset whether the TSC can be set exactly, by its offset
 * @param msrs the MSRs that may be state, in the order in which they can be written; not to be
 *     changed
 */
record StateFeatures(
        boolean pageDirectoryPointers,
        boolean extendedControl,
        boolean debugRegisters,
        boolean nested,
        boolean tscFrequency,
        boolean vmTscFrequency,
        boolean tscOffset,
        int[] msrs) {

    private static final Map<DeviceNode, StateFeatures> KNOWN = new ConcurrentHashMap<>();

    /**
     * Those of the KVM that a vCPU is of.
     *
     * @param vm the vCPU's
     * @param vcpu the vCPU's
     */
    static StateFeatures of(Vm vm, DeviceAttributes vcpu) {
        return vm.deviceNode()
                .map(node -> KNOWN.computeIfAbsent(node, _ -> ask(vm, vcpu)))
                .orElseGet(() -> ask(vm, vcpu));
    }

    private static StateFeatures ask(Vm vm, DeviceAttributes vcpu) {
        return new StateFeatures(
                vm.check(Capability.SREGS2) > 0,
                vm.check(Capability.XCRS) > 0,
                vm.check(Capability.DEBUGREGS) > 0,
                vm.check(Capability.NESTED_STATE) > 0,
                vm.check(Capability.GET_TSC_KHZ) > 0,
                vm.check(Capability.VM_TSC_CONTROL) > 0,
                vm.check(Capability.VCPU_ATTRIBUTES) > 0 && VcpuClock.hasTscOffset(vcpu),
                vm.stateMsrIndices());
    }
}
