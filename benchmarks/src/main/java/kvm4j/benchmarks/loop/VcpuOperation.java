package kvm4j.benchmarks.loop;

import kvm4j.kvm.Kvm;
import kvm4j.kvm.Vm;

/** {@link Vm#createVcpu} in a virtual machine of its own, and the end of both. */
final class VcpuOperation implements Operation {

    private final Kvm kvm = Kvm.open();

    @Override
    public void once() {
        try (Vm vm = kvm.createVm()) {
            vm.createVcpu(0);
        }
    }

    @Override
    public void close() {
        kvm.close();
    }
}
