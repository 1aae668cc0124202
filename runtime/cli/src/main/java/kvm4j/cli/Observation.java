package kvm4j.cli;

import kvm4j.machine.Machine;
import kvm4j.machine.MachineBuilder;
import kvm4j.machine.Outcome;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.util.Optional;

/**
 * What is watched of one machine.
 *
 * @param trace each exit, if that is wanted
 * @param statistics how many there are, if that is wanted
 * @param snapshot a moment to save the machine at, if that is wanted
 * @param explanation its life between two worlds, if that is wanted
 * @param recording what Flight Recorder records, if that is wanted
 * @param messages gets what is printed
 */
record Observation(
        Optional<ExitTrace> trace,
        Optional<MachineStatistics> statistics,
        Optional<SnapshotRequest> snapshot,
        Optional<Explanation> explanation,
        Optional<EventRecording> recording,
        PrintWriter messages)
        implements AutoCloseable {

    /** What is watched of a machine that has no console: a recording, if that is wanted. */
    static Observation of(Optional<EventRecording> recording, PrintWriter messages) {
        return new Observation(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                recording,
                messages);
    }

    /** The way for what the guest prints. */
    OutputStream watch(OutputStream output) {
        return snapshot.map(request -> request.watch(output)).orElse(output);
    }

    /** Watches the machine that a builder makes. */
    void watch(MachineBuilder builder) {
        trace.ifPresent(builder::observer);
        statistics.ifPresent(counts -> counts.watch(builder));
        snapshot.ifPresent(request -> request.watch(builder));
        explanation.ifPresent(told -> told.watch(builder));
        recording.ifPresent(events -> events.watch(builder));
    }

    /** Runs the machine on its line. */
    Outcome run(SerialLine line, Machine machine) throws IOException {
        snapshot.ifPresent(request -> request.isOf(machine));
        explanation.ifPresent(told -> told.isOf(machine));
        recording.ifPresent(events -> events.isOf(machine));
        try {
            return statistics.isEmpty()
                    ? line.run(machine)
                    : runCounted(line, machine, statistics.get());
        } finally {
            recording.ifPresent(EventRecording::machineEnded);
            snapshot.ifPresent(SnapshotRequest::close);
        }
    }

    private Outcome runCounted(SerialLine line, Machine machine, MachineStatistics counts)
            throws IOException {
        try (var _ = StatisticsAtTheEnd.of(counts, machine, messages)) {
            return line.run(machine);
        }
    }

    @Override
    public void close() {
        statistics.ifPresent(MachineStatistics::close);
        explanation.ifPresent(Explanation::close);
        recording.ifPresent(EventRecording::close);
    }
}
