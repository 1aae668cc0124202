package kvm4j.benchmarks.lab;

import kvm4j.benchmarks.kind.ExitKind;
import kvm4j.benchmarks.kind.Workload;
import kvm4j.benchmarks.loop.Layer;
import kvm4j.benchmarks.loop.LoopProcess;
import kvm4j.guests.Guest;

import java.util.List;

/** A machine in a JVM whose flight recorder is on, with the settings that come with the JDK. */
record RecordedContestant() implements Contestant {

    private static final Layer LAYER = Layer.MACHINE;

    /** The recorder would tell of its start on standard output, where answers go. */
    private static final List<String> RECORDER =
            List.of("-Xlog:disable", "-XX:StartFlightRecording:settings=default");

    @Override
    public String id() {
        return "recorded";
    }

    @Override
    public String title() {
        return "with JFR on";
    }

    /** The recorder costs the same whatever the exit, so one kind will do. */
    @Override
    public boolean supports(Workload workload) {
        return workload instanceof Workload.GuestExits exits
                && exits.guest() == Guest.PIO
                && LAYER.supports(workload);
    }

    @Override
    public List<String> command(int cpu, ExitKind kind) {
        return JavaCommand.with(
                RECORDER,
                LoopProcess.class,
                Integer.toString(cpu),
                LAYER.layerName(),
                kind.kindName());
    }
}
