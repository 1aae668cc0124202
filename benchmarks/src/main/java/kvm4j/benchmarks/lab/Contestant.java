package kvm4j.benchmarks.lab;

import kvm4j.benchmarks.kind.ExitKind;
import kvm4j.benchmarks.kind.Workload;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** A way to do what a workload says; it runs in a process that takes the lab's commands. */
interface Contestant {

    /** {@return the name in files, such as {@code vcpu}} */
    String id();

    /** {@return the name for people} */
    String title();

    /**
     * Whether it can do a workload.
     *
     * @param workload what to measure
     * @return whether it can
     */
    boolean supports(Workload workload);

    /**
     * How long it does a workload before its figures count.
     *
     * @param workload what to measure
     * @param usual how long those take that start as they go on
     * @return that, or longer
     */
    default Duration warmUp(Workload workload, Duration usual) {
        return usual;
    }

    /**
     * How to start its process.
     *
     * @param cpu the host's CPU to run on, or -1 for any
     * @param kind what to measure
     * @return the command
     * @throws LabException if this host has not what the process needs
     * @throws IOException if what the process needs cannot be written
     */
    List<String> command(int cpu, ExitKind kind) throws LabException, IOException;
}
