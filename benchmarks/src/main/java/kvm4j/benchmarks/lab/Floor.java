package kvm4j.benchmarks.lab;

import kvm4j.benchmarks.kind.ExitKind;
import kvm4j.benchmarks.kind.Workload;
import kvm4j.benchmarks.loop.LoopGuest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The program in C, compiled with the host's compiler, and the guests as it takes them. */
public final class Floor implements Contestant {

    private static final int ANY_CPU = -1;

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
    public static Floor compile(Path folder) throws LabException, IOException {
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
        List<String> command = called(cpu, workload(kind));
        return kind.workload() instanceof Workload.WholeProcess ? starting(0, command) : command;
    }

    private List<String> called(int cpu, List<String> workload) {
        List<String> command = new ArrayList<>(List.of(program.toString(), Integer.toString(cpu)));
        command.addAll(workload);
        return command;
    }

    /**
     * How to have a process started and awaited again and again.
     *
     * @param status what it ends with
     * @param process its command
     * @return the command
     */
    List<String> starting(int status, List<String> process) {
        List<String> workload = new ArrayList<>(List.of("program", Integer.toString(status)));
        workload.addAll(process);
        return called(ANY_CPU, workload);
    }

    /**
     * How to have machines whose guests sleep, until the process is ended. It is ready when all are
     * started.
     *
     * @param machines how many
     * @param memory how much each has, in bytes
     * @return the command
     * @throws IOException if the guest cannot be written
     */
    public List<String> asleep(int machines, long memory) throws IOException {
        List<String> workload = guest("sleep", new Workload.Sleep());
        workload.add(Integer.toString(machines));
        workload.add(Long.toString(memory));
        return called(ANY_CPU, workload);
    }

    private List<String> workload(ExitKind kind) throws IOException {
        return switch (kind.workload()) {
            case Workload.SystemCall _ -> List.of("system-call");
            case Workload.ImmediateExit _ -> List.of("immediate-exit");
            case Workload.Guested guested -> {
                List<String> arguments = guest(kind.kindName(), guested);
                further(kind, guested).forEach(argument -> arguments.add(argument.toString()));
                yield arguments;
            }
            case Workload.DirtyLogRead(int pages) -> List.of("dirty-log", Integer.toString(pages));
            case Workload.VmLifecycle _ -> List.of("vm");
            case Workload.VcpuLifecycle _ -> List.of("vcpu");
            case Workload.SlotLifecycle(int pages) -> List.of("slot", Integer.toString(pages));
            case Workload.Saving(int mebibytes) ->
                    List.of("save", Long.toString((long) mebibytes << 20), snapshot(kind));
        };
    }

    /** The guest's memory as a file, and its entry; what the host arranges is up to the program. */
    private List<String> guest(String file, Workload.Guested workload) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(name(workload)));
        try (LoopGuest guest = new LoopGuest(workload)) {
            Path memory = folder.resolve(file + ".memory");
            Files.write(memory, guest.memory().read(0, (int) guest.memory().size()));
            arguments.add(memory.toString());
            arguments.add(Long.toString(guest.entry().rip()));
            arguments.add(Long.toString(guest.entry().rsp()));
            arguments.add(Long.toString(guest.vcpu().specialRegisters().cr3()));
        }
        return arguments;
    }

    private static String name(Workload.Guested workload) {
        return switch (workload) {
            case Workload.GuestExits _ -> "guest-exits";
            case Workload.KernelExits _ -> "kernel-exits";
            case Workload.Turns _ -> "turns";
            case Workload.Injection _ -> "injection";
            case Workload.Irqfd _ -> "irqfd";
            case Workload.Notification _ -> "notification";
            case Workload.Ipi _ -> "ipi";
            case Workload.FirstTouch _ -> "first-touch";
            case Workload.DirtyPages _ -> "dirty-pages";
            case Workload.MachineLife _ -> "life";
            case Workload.LivesAtOnce _ -> "lives";
            case Workload.Crowd _ -> "crowd";
            case Workload.WholeProcess _ -> "whole";
            case Workload.Sleep _ -> "sleep";
            case Workload.Fork _ -> "fork";
            case Workload.Restoration _ -> "restore";
            case Workload.Loading _ -> "load";
        };
    }

    private List<Object> further(ExitKind kind, Workload.Guested workload) {
        return switch (workload) {
            case Workload.GuestExits exits -> List.of(exits.reason().code(), exits.arrangement());
            case Workload.KernelExits exits -> List.of(exits.arrangement());
            case Workload.FirstTouch(int pages) -> List.of(pages);
            case Workload.DirtyPages(int pages) -> List.of(pages);
            case Workload.LivesAtOnce(int threads) -> List.of(threads);
            case Workload.Crowd(int machines) -> List.of(machines);
            case Workload.Restoration _ -> List.of(Workload.Restoration.RESTORED);
            case Workload.Loading(int mebibytes) -> List.of((long) mebibytes << 20, snapshot(kind));
            default -> List.of();
        };
    }

    private String snapshot(ExitKind kind) {
        return folder.resolve(kind.kindName() + ".snapshot").toString();
    }
}
