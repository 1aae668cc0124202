package kvm4j.benchmarks.lab;

import kvm4j.benchmarks.kind.Workload;

import java.time.Duration;

/**
 * How many operations a turn is made of.
 *
 * @param groups how many groups of them are timed
 * @param operations how many operations are in a group
 */
record TurnSize(int groups, int operations) {

    /** So many groups that a median of them means something. */
    private static final int LEAST_GROUPS = 5;

    private static final int LEAST_ROUNDS = 4;

    /** So few that looking at the clock, twice for each, costs nothing worth a word. */
    private static final int MOST_GROUPS = 40;

    /** An operation that is a turn by itself. */
    private static final TurnSize SINGLE = new TurnSize(1, 1);

    /** Before it is known how long an operation takes. */
    private static final TurnSize FIRST = new TurnSize(16, 1);

    /** The size of the first turn of a workload. */
    static TurnSize first(Workload workload) {
        return workload.isTurnByItself() ? SINGLE : FIRST;
    }

    /**
     * As many operations as fit.
     *
     * @param workload what is done
     * @param turn how long the turn is to be
     * @param operationTime nanoseconds that an operation takes
     * @return the size
     */
    static TurnSize of(Workload workload, Duration turn, double operationTime) {
        if (workload.isTurnByItself()) {
            return SINGLE;
        }
        double fitting = turn.toNanos() / operationTime;
        int operations = (int) Math.max(1, fitting / MOST_GROUPS);
        return new TurnSize((int) Math.max(LEAST_GROUPS, fitting / operations), operations);
    }

    /** How many turns there is time for; a few in any case, as of an operation that takes long. */
    int roundsWithin(Duration limit, double operationTime) {
        return (int) Math.max(LEAST_ROUNDS, limit.toNanos() / operationTime / total());
    }

    int total() {
        return groups * operations;
    }
}
