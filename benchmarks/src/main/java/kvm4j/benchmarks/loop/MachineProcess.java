package kvm4j.benchmarks.loop;

import kvm4j.benchmarks.kind.ExitKind;
import kvm4j.benchmarks.kind.Workload;
import kvm4j.boot.Elf64Image;
import kvm4j.machine.Machine;
import kvm4j.machine.Outcome;

/**
 * The process that runs one guest in a machine from start to end: {@code MachineProcess KIND
 * COUNT}. Its exit status is 0 if the guest ended well.
 */
public final class MachineProcess {

    private MachineProcess() {}

    /**
     * Runs the guest.
     *
     * @param arguments the name of a kind of exit that comes to user space; how many the guest
     *     makes
     */
    public static void main(String[] arguments) {
        ExitKind kind = ExitKind.find(arguments[0]).orElseThrow();
        Workload.GuestExits workload =
                ((Workload.GuestExits) kind.workload()).withCount(Long.parseLong(arguments[1]));
        Outcome outcome;
        try (Machine machine =
                Machine.builder()
                        .image(new Elf64Image(workload.guest().image()))
                        .prepare(memory -> ParameterBlock.write(workload.parameters(), memory))
                        .build()) {
            outcome = machine.run();
        }
        System.exit(outcome.equals(new Outcome.Exited(0)) ? 0 : 1);
    }
}
