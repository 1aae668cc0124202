package kvm4j.benchmarks.lab;

import kvm4j.benchmarks.kind.Workload;

import org.apache.commons.statistics.descriptive.Median;

import java.time.Duration;
import java.util.Arrays;

/** The turns that one process takes, and what they took. */
final class Turns implements AutoCloseable {

    private static final long COMPILED_OPERATIONS = 20_000;
    private static final Duration FIRST_PATIENCE = Duration.ofSeconds(10);

    private final Workload workload;
    private final SeriesRecorder recorder;
    private final ContestantProcess process;
    private final double[] times;
    private int taken;
    private double operationTime;

    Turns(Workload workload, SeriesRecorder recorder, ContestantProcess process, int rounds) {
        this.workload = workload;
        this.recorder = recorder;
        this.process = process;
        this.times = new double[rounds];
    }

    /**
     * Repeats the operation until the compiler has had its time. Groups are as small as later,
     * since the compiler counts how often they begin.
     */
    void warmUp(Duration duration, Duration turn) throws LabException {
        process.awaitReady();
        process.attempt(FIRST_PATIENCE);
        TurnSize size = TurnSize.first(workload);
        long start = System.nanoTime();
        long operations = 0;
        do {
            operationTime =
                    Math.max(1, median(process.measure(size.groups(), size.operations())))
                            / size.operations();
            operations += size.total();
            size = TurnSize.of(workload, turn, operationTime);
        } while (isCold(System.nanoTime() - start, operations, duration.toNanos()));
    }

    /** The compiler counts operations; those that take long get twice the time, and no more. */
    private static boolean isCold(long elapsed, long operations, long duration) {
        return elapsed < duration || elapsed < 2 * duration && operations < COMPILED_OPERATIONS;
    }

    /** Nanoseconds that an operation took at the end of the warm-up. */
    double operationTime() {
        return operationTime;
    }

    /**
     * Takes a turn; its figure is the median of the groups, which no interruption moves. One that
     * is a single operation is a sample, too.
     */
    void take(TurnSize size) throws LabException {
        ContestantProcess.Measured measured = process.measure(size.groups(), size.operations());
        times[taken++] = median(measured) / size.operations() / recorder.events();
        recorder.instructions(measured.instructions(), size.total());
        if (size.total() == 1) {
            recorder.samples(measured.nanoseconds());
        }
    }

    void sample(int count) throws LabException {
        recorder.samples(process.measure(count, 1).nanoseconds());
    }

    private static double median(ContestantProcess.Measured measured) {
        return Median.withDefaults()
                .evaluate(Arrays.stream(measured.nanoseconds()).asDoubleStream().toArray());
    }

    /** Takes the turns over into the results. */
    void keep() {
        recorder.fork(Arrays.copyOf(times, taken));
    }

    @Override
    public void close() {
        process.close();
    }
}
