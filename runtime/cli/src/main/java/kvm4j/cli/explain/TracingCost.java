package kvm4j.cli.explain;

import kvm4j.boot.ImageFormat;
import kvm4j.guests.Guest;
import kvm4j.kvm.ExitReason;
import kvm4j.kvm.Vcpu;
import kvm4j.machine.ExitObserver;
import kvm4j.machine.Machine;
import kvm4j.machine.MachineBuilder;
import kvm4j.trace.GuestRecorder;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/**
 * What it costs to be watched: the time of one exit to user space of a guest that does nothing
 * else.
 *
 * @param unwatched in nanoseconds
 * @param watched the same while it is recorded
 */
public record TracingCost(double unwatched, double watched) {

    private static final int EXITS = 400;
    private static final int TURNS = 2;
    private static final Duration LIMIT = Duration.ofSeconds(30);

    /** When the first and the last exit were. */
    private static final class Stopwatch implements ExitObserver {

        private long first;
        private long last;
        private int exits;

        @Override
        public void exited(Vcpu vcpu, ExitReason reason) {
            last = System.nanoTime();
            if (exits++ == 0) {
                first = last;
            }
        }

        private double forEach() {
            return (double) (last - first) / Math.max(1, exits - 1);
        }
    }

    /**
     * Measures it: unwatched, watched some times, and unwatched again.
     *
     * @param kvm the KVM device
     * @return the least of each
     */
    public static TracingCost measure(Path kvm) {
        double before = run(machine(kvm));
        double watched = Double.MAX_VALUE;
        try (GuestRecorder recorder = GuestRecorder.start()) {
            for (int turn = 0; turn < TURNS; turn++) {
                MachineBuilder machine = machine(kvm);
                recorder.observe(machine);
                watched = Math.min(watched, run(machine));
            }
        }
        return new TracingCost(Math.min(before, run(machine(kvm))), watched);
    }

    private static MachineBuilder machine(Path kvm) {
        byte[] image = Guest.PIO.image();
        return Machine.builder()
                .kvm(kvm)
                .image(ImageFormat.of(image).read(image))
                .prepare(memory -> memory.putLong(Guest.PARAMETER_BLOCK, EXITS))
                .timeLimit(LIMIT);
    }

    private static double run(MachineBuilder builder) {
        Stopwatch stopwatch = new Stopwatch();
        try (Machine machine = builder.observer(stopwatch).build()) {
            machine.run();
        }
        return stopwatch.forEach();
    }

    /**
     * What is added to an exit.
     *
     * @return nanoseconds; less than 0 if the runs differ by more than that
     */
    public double added() {
        return watched - unwatched;
    }

    /**
     * What being watched adds, in words.
     *
     * @return the end of a sentence; that it does not show, where the runs differ by more
     */
    String describe() {
        String added =
                added() > 0 ? String.format(Locale.ROOT, "%.1f us", added() / 1e3) : "nothing seen";
        return String.format(
                Locale.ROOT,
                "%s to an exit of %.1f us, on a guest of port writes",
                added,
                unwatched / 1e3);
    }
}
