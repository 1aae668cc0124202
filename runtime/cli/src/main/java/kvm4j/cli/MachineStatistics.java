package kvm4j.cli;

import kvm4j.machine.Machine;
import kvm4j.machine.MachineBuilder;

import java.io.PrintWriter;
import java.time.Duration;

/** What {@code --stats} prints: the exits that reached us, and what the kernel counted. */
final class MachineStatistics implements Watch {

    private final ExitStatistics exits;
    private final KernelCounters kernel = new KernelCounters();
    private final PrintWriter out;
    private AtTheEnd atTheEnd;

    /**
     * Counts nothing yet.
     *
     * @param processors how many the machine has
     * @param out gets the counts once it has ended
     */
    MachineStatistics(int processors, PrintWriter out) {
        this.exits = new ExitStatistics(processors);
        this.out = out;
    }

    @Override
    public void watch(MachineBuilder builder) {
        builder.observer(exits);
        kernel.watch(builder);
    }

    @Override
    public void isOf(Machine machine) {
        long start = System.nanoTime();
        atTheEnd = AtTheEnd.of(machine, () -> print(Duration.ofNanos(System.nanoTime() - start)));
    }

    @Override
    public void ended() {
        atTheEnd.close();
    }

    private void print(Duration elapsed) {
        exits.print(elapsed, out);
        kernel.print(out);
    }

    @Override
    public void close() {
        kernel.close();
    }
}
