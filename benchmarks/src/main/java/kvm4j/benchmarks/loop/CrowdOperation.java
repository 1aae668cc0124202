package kvm4j.benchmarks.loop;

import kvm4j.benchmarks.kind.Workload;
import kvm4j.machine.Machine;

import java.util.ArrayList;
import java.util.List;

/** Many machines, and {@link Machine#closeAll}. */
final class CrowdOperation implements Operation {

    private final WholeMachine recipe;
    private final int size;

    CrowdOperation(Workload.Crowd workload) {
        recipe = new WholeMachine(workload);
        size = workload.machines();
    }

    @Override
    public void once() {
        List<Machine> machines = new ArrayList<>();
        try {
            for (int i = 0; i < size; i++) {
                Machine machine = recipe.describe().build();
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
