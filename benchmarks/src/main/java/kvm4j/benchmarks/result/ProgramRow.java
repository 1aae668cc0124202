package kvm4j.benchmarks.result;

import java.util.List;
import java.util.Objects;

/**
 * What an exit costs in a whole program: the difference between runs of a guest with many exits and
 * with fewer, divided by their number.
 *
 * @param kind the kind's name, such as {@code pio-out}
 * @param program the program's name in files, such as {@code qemu}
 * @param title its name for people
 * @param rounds what each round gave
 */
public record ProgramRow(String kind, String program, String title, List<Cost> rounds) {

    /** A row; whatever file it comes from, there is a round in it. */
    public ProgramRow {
        Objects.requireNonNull(kind, "a program without a kind");
        Objects.requireNonNull(program, "a program without a name");
        Objects.requireNonNull(title, "a program without a title");
        rounds = List.copyOf(rounds);
        if (rounds.isEmpty()) {
            throw new IllegalArgumentException("a program without rounds");
        }
    }

    /**
     * The cost of an exit, in nanoseconds.
     *
     * @param elapsed by the clock
     * @param user CPU time of all threads in user space
     * @param system CPU time of all threads in the kernel, the guest's own included
     */
    public record Cost(double elapsed, double user, double system) {}
}
