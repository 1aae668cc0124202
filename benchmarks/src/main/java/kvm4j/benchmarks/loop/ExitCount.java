package kvm4j.benchmarks.loop;

import kvm4j.kvm.ExitReason;
import kvm4j.kvm.Vcpu;
import kvm4j.machine.ExitObserver;

/** The least that an observer can do: count. */
final class ExitCount implements ExitObserver {

    private final long[] counts = new long[ExitReason.values().length];

    @Override
    public void exited(Vcpu vcpu, ExitReason reason) {
        counts[reason.ordinal()]++;
    }
}
