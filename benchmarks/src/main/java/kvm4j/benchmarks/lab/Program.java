package kvm4j.benchmarks.lab;

import kvm4j.benchmarks.kind.ExitKind;

import java.io.IOException;
import java.util.List;

/** A virtual machine monitor as a whole, which runs a guest from its start to its end. */
interface Program {

    /** {@return the name in files} */
    String id();

    /** {@return the name for people} */
    String title();

    /** {@return the exit status when the guest has ended with exit code 0} */
    int success();

    /**
     * How to run a guest.
     *
     * @param kind the kind of exit that the guest makes, one that comes to user space
     * @param count how many it makes
     * @return the command, which ends when the guest does
     * @throws LabException if the program cannot run it
     * @throws IOException if what the program needs cannot be written
     */
    List<String> command(ExitKind kind, long count) throws LabException, IOException;
}
