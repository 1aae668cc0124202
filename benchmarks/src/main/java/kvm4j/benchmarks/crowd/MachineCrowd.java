package kvm4j.benchmarks.crowd;

import kvm4j.benchmarks.kind.Workload;
import kvm4j.benchmarks.lab.LabException;
import kvm4j.benchmarks.loop.ParameterBlock;
import kvm4j.boot.Elf64Image;
import kvm4j.machine.IrqchipMode;
import kvm4j.machine.Machine;
import kvm4j.machine.Outcome;

import java.util.ArrayList;
import java.util.List;

/** Machines of kvm4j, in this process. */
final class MachineCrowd implements Crowd {

    private final Workload.Guested workload;
    private final int size;
    private final long memory;
    private final List<Machine> machines = new ArrayList<>();

    MachineCrowd(Workload.Guested workload, int size, long memory) {
        this.workload = workload;
        this.size = size;
        this.memory = memory;
    }

    @Override
    public String title() {
        return "kvm4j";
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public List<Long> processes() {
        return List.of(ProcessHandle.current().pid());
    }

    @Override
    public void start() {
        Elf64Image image = new Elf64Image(workload.guest().image());
        for (int i = 0; i < size; i++) {
            Machine machine =
                    Machine.builder()
                            .memory(memory)
                            .image(image)
                            .prepare(
                                    contents ->
                                            ParameterBlock.write(workload.parameters(), contents))
                            .irqchip(IrqchipMode.KERNEL)
                            .build();
            machines.add(machine);
            machine.start();
        }
    }

    @Override
    public void stop() throws LabException {
        machines.forEach(Machine::stop);
        for (Machine machine : machines) {
            Outcome outcome = machine.await();
            if (!(outcome instanceof Outcome.Stopped)) {
                throw new LabException("a guest that should sleep came to an end: " + outcome);
            }
        }
    }

    @Override
    public void close() {
        Machine.closeAll(machines);
    }
}
