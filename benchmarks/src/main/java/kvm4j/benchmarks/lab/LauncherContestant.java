package kvm4j.benchmarks.lab;

import kvm4j.benchmarks.kind.ExitKind;
import kvm4j.benchmarks.kind.Workload;

import java.util.List;

/**
 * {@code kvm4j run}, as users start it.
 *
 * @param floor what starts it
 */
record LauncherContestant(Floor floor) implements Contestant {

    /** Where the launcher is, by its own word. */
    private static final String LAUNCHER = "kvm4j.launcher";

    @Override
    public String id() {
        return "machine";
    }

    @Override
    public String title() {
        return "kvm4j run";
    }

    @Override
    public boolean supports(Workload workload) {
        return workload instanceof Workload.WholeProcess;
    }

    @Override
    public List<String> command(int cpu, ExitKind kind) throws LabException {
        String launcher = System.getProperty(LAUNCHER);
        if (launcher == null) {
            throw new LabException("the lab was not started by kvm4j's launcher");
        }
        Workload.WholeProcess workload = (Workload.WholeProcess) kind.workload();
        return floor.starting(
                0,
                List.of(
                        launcher,
                        "run",
                        workload.guest().guestName(),
                        "--param",
                        "count=" + workload.exits()));
    }
}
