package kvm4j.benchmarks.lab;

import kvm4j.benchmarks.kind.ExitKind;
import kvm4j.benchmarks.kind.Workload;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * QEMU's least machine, as a process of its own.
 *
 * @param floor what starts it
 * @param folder where the guests' memory goes
 */
record QemuContestant(Floor floor, Path folder) implements Contestant {

    @Override
    public String id() {
        return Qemu.ID;
    }

    @Override
    public String title() {
        return Qemu.TITLE;
    }

    @Override
    public boolean supports(Workload workload) {
        return workload instanceof Workload.WholeProcess;
    }

    @Override
    public List<String> command(int cpu, ExitKind kind) throws LabException, IOException {
        Path own = Files.createDirectories(folder.resolve(kind.kindName()));
        Qemu qemu = Qemu.find(own);
        return floor.starting(
                qemu.success(), qemu.command((Workload.WholeProcess) kind.workload(), "null"));
    }
}
