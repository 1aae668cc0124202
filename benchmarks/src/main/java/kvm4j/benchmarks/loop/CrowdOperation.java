package kvm4j.benchmarks.loop;

import kvm4j.benchmarks.kind.Workload;
import kvm4j.machine.Machine;

import java.util.ArrayList;
import java.util.List;

/** Many machines, and {@link Machine#closeAll}. */
final class CrowdOperation implements Operation {

    private final Workload.Crowd workload;

    CrowdOperation(Workload.Crowd workload) {
        this.workload = workload;
    }

    @Override
    public void once() {
        List<Machine> machines = new ArrayList<>();
        try {
            for (int i = 0; i < workload.machines(); i++) {
                Machine machine = WholeMachine.of(workload).build();
                machines.add(machine);
                WholeMachine.runToEnd(machine);
            }
        } finally {
            Machine.closeAll(machines);
        }
    }

    @Override
    public void close() {
        // every machine is closed
    }
}
