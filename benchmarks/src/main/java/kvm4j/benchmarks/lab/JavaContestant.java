package kvm4j.benchmarks.lab;

import kvm4j.benchmarks.kind.ExitKind;
import kvm4j.benchmarks.kind.Workload;
import kvm4j.benchmarks.loop.Layer;
import kvm4j.benchmarks.loop.LoopProcess;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Java, on one layer of kvm4j, in a JVM like this one: same version, same classes.
 *
 * @param layer how much of kvm4j is in the loop
 */
record JavaContestant(Layer layer) implements Contestant {

    /** A heap that a loop which allocates nothing can live in, and a collector without threads. */
    static final List<String> OPTIONS =
            List.of("-XX:+UseSerialGC", "-Xms16m", "-Xmx64m", "-Xshare:auto");

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
    public List<String> command(int cpu, ExitKind kind) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(OPTIONS);
        command.addAll(classes());
        command.addAll(List.of(Integer.toString(cpu), layer.layerName(), kind.kindName()));
        return command;
    }

    private static List<String> classes() {
        Module module = LoopProcess.class.getModule();
        String main = LoopProcess.class.getName();
        return module.isNamed()
                ? List.of(
                        "--enable-native-access=kvm4j.core,kvm4j.bindings," + module.getName(),
                        "--module-path",
                        System.getProperty("jdk.module.path"),
                        "--module",
                        module.getName() + "/" + main)
                : List.of(
                        "--enable-native-access=ALL-UNNAMED",
                        "--class-path",
                        System.getProperty("java.class.path"),
                        main);
    }
}
