package kvm4j.benchmarks.loop;

/** Something whose cost can be taken, in batches or operation by operation. */
interface Measurable extends AutoCloseable {

    /**
     * Repeats the operation.
     *
     * @param count how often
     * @return what it took
     */
    Batch batch(long count);

    /**
     * Repeats the operation and times each.
     *
     * @param count how often
     * @return nanoseconds from the end of one to the end of the next, one look at the clock
     *     included
     */
    long[] sample(int count);

    @Override
    void close();

    /**
     * What a batch took.
     *
     * @param nanoseconds by {@code CLOCK_MONOTONIC}
     * @param instructions of user space, or -1 where nothing counts them
     */
    record Batch(long nanoseconds, long instructions) {}
}
