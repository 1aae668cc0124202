package kvm4j.cli;

import kvm4j.machine.Machine;
import kvm4j.machine.MachineBuilder;

import java.util.function.Consumer;

/** What a machine is made from: an image, or a snapshot. */
interface Origin extends AutoCloseable {

    /** How many processors the machine has. */
    int processors();

    /**
     * Builds it.
     *
     * @param connection connects it with the host
     */
    Machine build(Consumer<MachineBuilder> connection);

    @Override
    default void close() {}
}
