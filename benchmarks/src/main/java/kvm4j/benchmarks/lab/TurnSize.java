package kvm4j.benchmarks.lab;

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

    /** An operation that takes as long as so many turns is a turn by itself. */
    private static final int LONG_TURNS = 15;

    private static final int LEAST_ROUNDS = 4;

    /** So few that looking at the clock, twice for each, costs nothing worth a word. */
    private static final int MOST_GROUPS = 40;

    /**
     * As many operations as fit.
     *
     * @param turn how long the turn is to be
     * @param operationTime nanoseconds that an operation takes
     * @return the size
     */
    static TurnSize of(Duration turn, double operationTime) {
        if (operationTime > (double) LONG_TURNS * turn.toNanos()) {
            return new TurnSize(1, 1);
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
