package kvm4j.cli;

import java.io.PrintWriter;
import java.time.Duration;

/**
 * What {@code --stats} prints.
 *
 * @param exits those that reached us
 * @param kernel what the kernel counted, owned by this
 */
record MachineStatistics(ExitStatistics exits, KernelCounters kernel) implements AutoCloseable {

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
