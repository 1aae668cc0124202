package kvm4j.benchmarks.loop;

import kvm4j.benchmarks.kind.Workload;
import kvm4j.boot.Elf64Image;
import kvm4j.machine.Machine;
import kvm4j.machine.MachineBuilder;
import kvm4j.machine.Outcome;

/** Machines of which all is measured, from the first system call to the last. */
final class WholeMachine {

    /** What {@link LoopGuest} has, too. */
    static final long MEMORY_SIZE = 2L << 20;

    private static final Outcome END = new Outcome.Exited(0);

    private final Workload.Guested workload;
    private final byte[] image;

    /** The machines of a workload, whose guest is read once, as the program in C has it. */
    WholeMachine(Workload.Guested workload) {
        this.workload = workload;
        this.image = workload.guest().image();
    }

    MachineBuilder describe() {
        return Machine.builder()
                .memory(MEMORY_SIZE)
                .image(new Elf64Image(image))
                .prepare(memory -> ParameterBlock.write(workload.parameters(), memory));
    }

    /** Builds one, runs its guest to the end, and closes it. */
    void live() {
        live(describe().build());
    }

    /** Runs the guest to its end, and closes the machine. */
    static void live(Machine machine) {
        try (machine) {
            runToEnd(machine);
        }
    }

    static void runToEnd(Machine machine) {
        Outcome outcome = machine.run();
        if (!outcome.equals(END)) {
            throw new IllegalStateException("the guest came to another end: " + outcome);
        }
    }
}
