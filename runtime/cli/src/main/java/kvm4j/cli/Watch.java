package kvm4j.cli;

import kvm4j.machine.Machine;
import kvm4j.machine.MachineBuilder;

import java.io.OutputStream;

/** Something that sees one machine's life. */
interface Watch extends AutoCloseable {

    /** The way for what the guest prints. */
    default OutputStream watch(OutputStream output) {
        return output;
    }

    /** Watches the machine that a builder makes. */
    void watch(MachineBuilder builder);

    /** The machine is there, and has not run. */
    default void isOf(Machine machine) {}

    /** The machine has ended, and is not closed. */
    default void ended() {}

    /** The machine is closed, or was never built. */
    @Override
    default void close() {}
}
