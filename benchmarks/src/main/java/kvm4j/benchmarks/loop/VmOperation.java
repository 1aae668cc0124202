package kvm4j.benchmarks.loop;

import kvm4j.kvm.Kvm;

/** {@link Kvm#createVm()} and its end. */
final class VmOperation implements Operation {

    private final Kvm kvm = Kvm.open();

    @Override
    public void once() {
        kvm.createVm().close();
    }

    @Override
    public void close() {
        kvm.close();
    }
}
