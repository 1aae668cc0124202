package kvm4j.cli;

import kvm4j.machine.Machine;
import kvm4j.machine.Outcome;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** What a guest's serial port is connected to. */
interface SerialLine extends AutoCloseable {

    /** What the guest reads. */
    InputStream input();

    /** Where it prints. */
    OutputStream output();

    /** What messages call that. */
    default String outputName() {
        return "serial output";
    }

    /**
     * Runs a machine whose serial port this is.
     *
     * @param machine a machine that has not run
     * @return how it ended
     * @throws IOException if the line cannot be closed
     */
    default Outcome run(Machine machine) throws IOException {
        return InterruptibleRun.of(machine, input());
    }

    /** Closes what the line owns; lines to the standard streams own nothing. */
    @Override
    default void close() throws IOException {}
}
