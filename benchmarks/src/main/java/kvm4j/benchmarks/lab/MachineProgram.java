package kvm4j.benchmarks.lab;

import kvm4j.benchmarks.kind.ExitKind;
import kvm4j.benchmarks.loop.MachineProcess;

import java.util.List;

/** A JVM with one {@code Machine}. */
record MachineProgram() implements Program {

    @Override
    public String id() {
        return "machine";
    }

    @Override
    public String title() {
        return "kvm4j";
    }

    @Override
    public int success() {
        return 0;
    }

    @Override
    public List<String> command(ExitKind kind, long count) {
        return JavaCommand.of(MachineProcess.class, kind.kindName(), Long.toString(count));
    }
}
