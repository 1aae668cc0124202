package kvm4j.benchmarks.loop;

import kvm4j.benchmarks.kind.Workload;
import kvm4j.machine.Machine;

/** {@link Machine#builder()}, and all that comes after it. */
final class LifeOperation implements Operation {

    private final Workload.MachineLife workload;

    LifeOperation(Workload.MachineLife workload) {
        this.workload = workload;
    }

    @Override
    public void once() {
        WholeMachine.live(WholeMachine.of(workload).build());
    }

    @Override
    public void close() {
        // every machine is closed
    }
}
