package kvm4j.cli;

import kvm4j.machine.Machine;
import kvm4j.machine.Outcome;

/**
 * Runs a machine so that a signal that ends the process (Ctrl-C, SIGTERM) takes its guest out of
 * the way first: a thread in {@code KVM_RUN} would keep the JVM from ending for 0.3 s.
 */
final class InterruptibleRun {

    private InterruptibleRun() {}

    /**
     * Runs it. Does not return once a signal is ending the process.
     *
     * @param machine a machine that has not run
     * @return how it ended
     */
    static Outcome of(Machine machine) {
        Thread closing = new Thread(machine::close, "kvm4j-shutdown");
        Runtime runtime = Runtime.getRuntime();
        runtime.addShutdownHook(closing);
        Outcome outcome = machine.run();
        try {
            runtime.removeShutdownHook(closing);
        } catch (IllegalStateException shuttingDown) {
            awaitTheEnd();
        }
        return outcome;
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
