package kvm4j.cli;

import kvm4j.machine.Machine;
import kvm4j.machine.Outcome;

import java.io.IOException;
import java.io.InputStream;

/**
 * Runs a machine so that a signal that ends the process (Ctrl-C, SIGTERM) first takes its threads
 * out of the kernel: one in {@code KVM_RUN}, or one that waits for input, would keep the JVM from
 * ending for 0.3 s.
 */
final class InterruptibleRun {

    private InterruptibleRun() {}

    /**
     * Runs it, and closes its input. Does not return once a signal is ending the process.
     *
     * @param machine a machine that has not run
     * @param input what the machine reads
     * @return how it ended
     * @throws IOException if the input cannot be closed
     */
    static Outcome of(Machine machine, InputStream input) throws IOException {
        Thread closing = new Thread(() -> close(machine, input), "kvm4j-shutdown");
        Runtime runtime = Runtime.getRuntime();
        runtime.addShutdownHook(closing);
        Outcome outcome = machine.run();
        input.close();
        try {
            runtime.removeShutdownHook(closing);
        } catch (IllegalStateException shuttingDown) {
            awaitTheEnd();
        }
        return outcome;
    }

    private static void close(Machine machine, InputStream input) {
        try {
            input.close();
        } catch (IOException e) {
            // The process ends, and with it what it has open.
        }
        machine.close();
    }

    /** So that what is printed at a guest's end is not printed now. */
    private static void awaitTheEnd() {
        while (true) {
            try {
                Thread.sleep(Long.MAX_VALUE);
            } catch (InterruptedException e) {
                // Nobody has a reason to, and the process ends all the same.
            }
        }
    }
}
