package kvm4j.machine;

import kvm4j.kvm.ExitReason;
import kvm4j.kvm.Vcpu;
import kvm4j.linux.NativeThread;

/** Two observers as one, called in order. */
record ExitObservers(ExitObserver one, ExitObserver other) implements ExitObserver {

    @Override
    public void started(Vcpu vcpu, NativeThread thread) {
        one.started(vcpu, thread);
        other.started(vcpu, thread);
    }

    @Override
    public void entering(Vcpu vcpu) {
        one.entering(vcpu);
        other.entering(vcpu);
    }

    @Override
    public void exited(Vcpu vcpu, ExitReason reason) {
        one.exited(vcpu, reason);
        other.exited(vcpu, reason);
    }

    @Override
    public void handled(Vcpu vcpu, ExitReason reason) {
        one.handled(vcpu, reason);
        other.handled(vcpu, reason);
    }

    @Override
    public void left(Vcpu vcpu) {
        try {
            one.left(vcpu);
        } finally {
            other.left(vcpu);
        }
    }
}
