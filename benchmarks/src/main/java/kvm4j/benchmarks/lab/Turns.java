package kvm4j.benchmarks.lab;

import java.time.Duration;

/** The turns that one process takes, and what they took. */
final class Turns implements AutoCloseable {

    private static final int FIRST_OPERATIONS = 16;
    private static final Duration FIRST_PATIENCE = Duration.ofSeconds(4);
    private static final int MOST_SAMPLES = 50_000;

    private final SeriesRecorder recorder;
    private final ContestantProcess process;
    private final double[] times;
    private int taken;
    private double operationTime;

    Turns(SeriesRecorder recorder, ContestantProcess process, int rounds) {
        this.recorder = recorder;
        this.process = process;
        this.times = new double[rounds];
    }

    /** Repeats the operation until the compiler has had its time, in batches and one by one. */
    void warmUp(Duration duration) throws LabException {
        process.awaitReady();
        process.attempt(FIRST_OPERATIONS, FIRST_PATIENCE);
        long end = System.nanoTime() + duration.toNanos();
        long count = FIRST_OPERATIONS;
        do {
            ContestantProcess.Batch batch = process.batch(count);
            operationTime = Math.max(1.0, (double) batch.nanoseconds() / count);
            process.sample((int) Math.min(count, MOST_SAMPLES));
            count = Math.max(FIRST_OPERATIONS, (long) (duration.toNanos() / 16 / operationTime));
        } while (System.nanoTime() < end);
    }

    /** Nanoseconds that an operation took at the end of the warm-up. */
    double operationTime() {
        return operationTime;
    }

    void batch(long count) throws LabException {
        ContestantProcess.Batch batch = process.batch(count);
        times[taken++] = (double) batch.nanoseconds() / count / recorder.events();
        recorder.instructions(batch.instructions(), count);
    }

    void sample(int count) throws LabException {
        recorder.samples(process.sample(count));
    }

    /** Takes the turns over into the results. */
    void keep() {
        recorder.fork(times);
    }

    @Override
    public void close() {
        process.close();
    }
}
