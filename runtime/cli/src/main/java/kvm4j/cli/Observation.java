package kvm4j.cli;

import kvm4j.machine.Machine;
import kvm4j.machine.MachineBuilder;
import kvm4j.machine.Outcome;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/**
 * All that watches one machine.
 *
 * @param watches in the order in which they are told; owned by this
 */
record Observation(List<Watch> watches) implements AutoCloseable {

    /** The way for what the guest prints. */
    OutputStream watch(OutputStream output) {
        OutputStream way = output;
        for (Watch watch : watches) {
            way = watch.watch(way);
        }
        return way;
    }

    /** Watches the machine that a builder makes. */
    void watch(MachineBuilder builder) {
        watches.forEach(watch -> watch.watch(builder));
    }

    /** Runs the machine on its line. */
    Outcome run(SerialLine line, Machine machine) throws IOException {
        watches.forEach(watch -> watch.isOf(machine));
        try {
            return line.run(machine);
        } finally {
            watches.forEach(Watch::ended);
        }
    }

    @Override
    public void close() {
        watches.forEach(Watch::close);
    }
}
