package kvm4j.benchmarks.lab;

import kvm4j.benchmarks.kind.ExitKind;

import java.time.Duration;
import java.util.List;

/**
 * What to measure and how long.
 *
 * @param name what the results call it
 * @param kinds what to measure
 * @param forks how often each kind starts with fresh processes
 * @param warmUp how long each process runs before its figures count
 * @param rounds how many turns each contestant takes in each fork
 * @param turn how long a turn is
 * @param samples how many operations of each contestant are timed one by one in each fork
 * @param programExits how many exits a whole program handles in the shorter of its runs; enough for
 *     a just-in-time compiler to be through with them
 * @param limit no fork is begun that would end later; a busy host gets through fewer
 */
public record Plan(
        String name,
        List<ExitKind> kinds,
        int forks,
        Duration warmUp,
        int rounds,
        Duration turn,
        int samples,
        long programExits,
        Duration limit) {

    /** So many forks of a kind each fit into a short run. */
    private static final int QUICK_FORKS = 50;

    /**
     * A plan that is through in less than two minutes on two CPUs. The fewer kinds, the more forks.
     *
     * @param kinds what to measure
     * @return the plan
     */
    public static Plan quick(List<ExitKind> kinds) {
        return new Plan(
                "quick",
                kinds,
                Math.clamp(QUICK_FORKS / kinds.size(), 3, 12),
                Duration.ofMillis(200),
                40,
                Duration.ofMillis(3),
                5_000,
                60_000,
                Duration.ofSeconds(85));
    }

    /**
     * A plan for figures to publish: some twenty minutes.
     *
     * @param kinds what to measure
     * @return the plan
     */
    public static Plan full(List<ExitKind> kinds) {
        return new Plan(
                "full",
                kinds,
                8,
                Duration.ofMillis(600),
                80,
                Duration.ofMillis(4),
                20_000,
                300_000,
                Duration.ofMinutes(20));
    }

    /** {@return a guess at what a contestant takes for one kind} */
    Duration estimate(Contestant contestant, ExitKind kind) {
        Duration start = Duration.ofMillis(500);
        return contestant
                .warmUp(kind.workload(), warmUp)
                .plus(turn.multipliedBy(rounds))
                .plus(start)
                .multipliedBy(forks);
    }
}
