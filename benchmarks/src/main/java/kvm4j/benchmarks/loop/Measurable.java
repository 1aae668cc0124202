package kvm4j.benchmarks.loop;

/** Something whose cost can be taken. */
interface Measurable extends AutoCloseable {

    /**
     * Repeats the operation.
     *
     * @param groups how many groups of operations to time
     * @param size how many operations are in a group
     * @return what they took
     */
    Turn measure(int groups, int size);

    @Override
    void close();

    /**
     * What a turn took.
     *
     * @param nanoseconds of each group, by {@code CLOCK_MONOTONIC}, one look at the clock included
     * @param instructions of user space, or -1 where nothing counts them
     */
    record Turn(long[] nanoseconds, long instructions) {

        /**
         * How many groups go before those that count: others had the caches since the last turn.
         */
        static int warmUpGroups(int groups) {
            return 1 + groups / 16;
        }
    }
}
