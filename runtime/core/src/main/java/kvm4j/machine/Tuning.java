package kvm4j.machine;

import kvm4j.kvm.Vcpu;
import kvm4j.kvm.Vm;
import kvm4j.x86.CpuId;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * What is set otherwise than on most machines, each in the order of its list.
 *
 * @param vmSteps what is set on the virtual machine before anything is in it
 * @param vcpuSteps what is set on each vCPU before the guest starts
 * @param cpuIdSteps what is changed in the answers of CPUID
 */
record Tuning(
        List<Consumer<? super Vm>> vmSteps,
        List<Consumer<? super Vcpu>> vcpuSteps,
        List<UnaryOperator<CpuId>> cpuIdSteps) {

    static final Tuning NONE = new Tuning(List.of(), List.of(), List.of());

    /** Tuning; the lists are copied. */
    Tuning {
        vmSteps = List.copyOf(vmSteps);
        vcpuSteps = List.copyOf(vcpuSteps);
        cpuIdSteps = List.copyOf(cpuIdSteps);
    }

    void applyTo(Vm vm) {
        vmSteps.forEach(step -> step.accept(vm));
    }

    void applyTo(Vcpu vcpu) {
        vcpuSteps.forEach(step -> step.accept(vcpu));
    }

    /** {@return what a processor answers in place of this} */
    CpuId applyTo(CpuId answers) {
        CpuId changed = answers;
        for (UnaryOperator<CpuId> step : cpuIdSteps) {
            changed = step.apply(changed);
        }
        return changed;
    }
}
