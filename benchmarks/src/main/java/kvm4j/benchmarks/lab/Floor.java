package kvm4j.benchmarks.lab;

import kvm4j.benchmarks.kind.ExitKind;
import kvm4j.benchmarks.kind.Workload;
import kvm4j.benchmarks.kind.Workload.Arrangement;
import kvm4j.benchmarks.loop.LoopGuest;
import kvm4j.guests.Guest;
import kvm4j.kvm.ExitReason;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The program in C, compiled with the host's compiler, and the guests as it takes them. */
final class Floor implements Contestant {

    private final Path folder;
    private final Path program;

    private Floor(Path folder, Path program) {
        this.folder = folder;
        this.program = program;
    }

    /**
     * Compiles the program.
     *
     * @param folder where the program and the guests' memory go
     * @return the contestant
     * @throws LabException if the host has no compiler, or it does not like the program
     * @throws IOException if the folder cannot be written
     */
    static Floor compile(Path folder) throws LabException, IOException {
        return new Floor(folder, CSource.FLOOR.compileIn(folder));
    }

    /** {@return the compiler's name and version, and how it was called} */
    String compiler() throws LabException {
        return CommandOutput.of(List.of("cc", "--version")).firstLine()
                + " "
                + String.join(" ", CSource.OPTIONS);
    }

    @Override
    public String id() {
        return "c";
    }

    @Override
    public String title() {
        return "C";
    }

    @Override
    public boolean supports(Workload workload) {
        return true;
    }

    @Override
    public List<String> command(int cpu, ExitKind kind) throws IOException {
        List<String> command = new ArrayList<>(List.of(program.toString(), Integer.toString(cpu)));
        switch (kind.workload()) {
            case Workload.SystemCall _ -> command.add("system-call");
            case Workload.ImmediateExit _ -> command.add("immediate-exit");
            case Workload.GuestExits(
                            Guest guest,
                            ExitReason reason,
                            Arrangement arrangement,
                            List<Long> parameters) -> {
                command.add("guest-exits");
                command.addAll(guest(kind, guest, parameters));
                command.addAll(List.of(Integer.toString(reason.code()), arrangement.toString()));
            }
            case Workload.KernelExits(
                            Guest guest,
                            _,
                            Arrangement arrangement,
                            List<Long> parameters) -> {
                command.add("kernel-exits");
                command.addAll(guest(kind, guest, parameters));
                command.addAll(
                        List.of(Integer.toString(ExitReason.IO.code()), arrangement.toString()));
            }
        }
        return command;
    }

    /** The guest's memory as a file, and its entry; what the host arranges is up to the program. */
    private List<String> guest(ExitKind kind, Guest program, List<Long> parameters)
            throws IOException {
        try (LoopGuest guest = new LoopGuest(program, Arrangement.NONE, parameters)) {
            Path memory = folder.resolve(kind.kindName() + ".memory");
            Files.write(memory, guest.memory().read(0, (int) guest.memory().size()));
            return List.of(
                    memory.toString(),
                    Long.toString(guest.entry().rip()),
                    Long.toString(guest.entry().rsp()),
                    Long.toString(guest.vcpu().specialRegisters().cr3()));
        }
    }
}
