package kvm4j.cli;

import kvm4j.machine.MachineBuilder;

import java.io.PrintWriter;
import java.time.Duration;

/**
 * What {@code --stats} prints.
 *
 * @param exits those that reached us
 * @param kernel what the kernel counted, owned by this
 */
record MachineStatistics(ExitStatistics exits, KernelCounters kernel) implements AutoCloseable {

    /** Counts for the machine that a builder makes. */
    void watch(MachineBuilder builder) {
        builder.observer(exits);
        kernel.watch(builder);
    }

    /**
     * Prints them.
     *
     * @param elapsed how long the guest ran
     * @param out where to
     */
    void print(Duration elapsed, PrintWriter out) {
        exits.print(elapsed, out);
        kernel.print(out);
    }

    @Override
    public void close() {
        kernel.close();
    }
}
