package kvm4j.benchmarks.lab;

import kvm4j.benchmarks.kind.ExitKind;
import kvm4j.benchmarks.kind.Workload;
import kvm4j.benchmarks.loop.Layer;
import kvm4j.benchmarks.loop.LoopProcess;

import java.time.Duration;
import java.util.List;

/**
 * Java, on one layer of kvm4j, in a JVM like this one: same version, same classes.
 *
 * @param layer how much of kvm4j is in the loop
 */
record JavaContestant(Layer layer) implements Contestant {

    @Override
    public String id() {
        return layer.layerName();
    }

    @Override
    public String title() {
        return layer.title();
    }

    @Override
    public boolean supports(Workload workload) {
        return layer.supports(workload);
    }

    @Override
    public Duration warmUp(Workload workload, Duration usual) {
        return workload.compilation(usual);
    }

    @Override
    public List<String> command(int cpu, ExitKind kind) {
        return JavaCommand.of(
                LoopProcess.class, Integer.toString(cpu), layer.layerName(), kind.kindName());
    }
}
