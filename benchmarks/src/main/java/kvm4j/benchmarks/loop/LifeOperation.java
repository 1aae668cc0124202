package kvm4j.benchmarks.loop;

import kvm4j.benchmarks.kind.Workload;
import kvm4j.machine.Machine;

/** {@link Machine#builder()}, and all that comes after it. */
final class LifeOperation implements Operation {

    private final WholeMachine machine;

    LifeOperation(Workload.MachineLife workload) {
        machine = new WholeMachine(workload);
    }

    @Override
    public void once() {
        machine.live();
    }

    @Override
    public void close() {
        // every machine is closed
    }
}
