package kvm4j.benchmarks.loop;

import kvm4j.kvm.ExitReason;
import kvm4j.kvm.Kvm;
import kvm4j.kvm.Vcpu;
import kvm4j.kvm.Vm;

/** {@link Vcpu#run()} with an immediate exit requested. */
final class ImmediateExitOperation implements Operation {

    private final Kvm kvm = Kvm.open();
    private final Vm vm = kvm.createVm();
    private final Vcpu vcpu = vm.createVcpu(0);

    ImmediateExitOperation() {
        vcpu.exit().requestImmediateExit();
    }

    @Override
    public void once() {
        if (vcpu.run() != ExitReason.INTR) {
            throw new IllegalStateException("KVM_RUN did not return at once");
        }
    }

    @Override
    public void close() {
        vm.close();
        kvm.close();
    }
}
