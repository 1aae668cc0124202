package kvm4j.benchmarks.loop;

import kvm4j.kvm.Kvm;

/** {@link Kvm#apiVersion()}: a downcall whose system call does nothing. */
final class SystemCallOperation implements Operation {

    private final Kvm kvm = Kvm.open();

    @Override
    public void once() {
        if (kvm.apiVersion() != Kvm.API_VERSION) {
            throw new IllegalStateException("KVM_GET_API_VERSION gave another version");
        }
    }

    @Override
    public void close() {
        kvm.close();
    }
}
