package kvm4j.benchmarks.jmh;

import kvm4j.boot.FlatImage;
import kvm4j.machine.Machine;
import kvm4j.machine.MachineBuilder;
import kvm4j.machine.Outcome;
import kvm4j.machine.Snapshot;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;

/**
 * What it takes to have a machine again: one built from its image, for comparison; one forked from
 * a snapshot; one taken back to it; one loaded from a file. Percentiles say more than the mean,
 * which is what {@code -bm sample} is for.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class SnapshotBenchmark {

    private static final long MEMORY = 64 << 20;
    private static final int PAGE = 4096;
    private static final long FIRST_PAGE = 0x10_0000;

    /** out %al, $0xf4. */
    private static final FlatImage IMAGE = new FlatImage(HexFormat.of().parseHex("e6f4"));

    /** A snapshot of a machine, and one that goes on from it. */
    @State(Scope.Thread)
    public static class Saved {
        private Machine machine;
        private Snapshot snapshot;
        private Path file;

        /**
         * Builds the machine.
         *
         * @throws IOException if there is no file to be made
         */
        @Setup
        public void save() throws IOException {
            machine = builder().build();
            for (long page = 0; page < MEMORY - FIRST_PAGE; page += 4 * PAGE) {
                machine.memory().putLong(FIRST_PAGE + page, page);
            }
            snapshot = machine.snapshot();
            file = Files.createTempFile("kvm4j", ".snapshot");
            snapshot.save(file);
        }

        /**
         * Closes all.
         *
         * @throws IOException if the file cannot be deleted
         */
        @TearDown
        public void close() throws IOException {
            snapshot.close();
            machine.close();
            Files.delete(file);
        }
    }

    /** A machine of which some pages were written since its snapshot. */
    @State(Scope.Thread)
    public static class Written {
        @Param({"0", "16", "256", "4096"})
        private int pages;

        private Saved saved;

        /**
         * Has the machine ready.
         *
         * @param machine which
         */
        @Setup
        public void of(Saved machine) {
            saved = machine;
        }

        /** Writes to the pages. */
        @Setup(Level.Invocation)
        public void write() {
            for (int page = 0; page < pages; page++) {
                saved.machine.memory().putInt(FIRST_PAGE + (long) page * PAGE, page);
            }
        }
    }

    private static MachineBuilder builder() {
        return Machine.builder().memory(MEMORY).image(IMAGE);
    }

    private static Outcome live(Machine machine) {
        try (machine) {
            return machine.run();
        }
    }

    /** {@return the end of a machine that was built for it} */
    @Benchmark
    public Outcome life() {
        return live(builder().build());
    }

    /**
     * A fork's whole life.
     *
     * @param saved the snapshot
     * @return its end
     */
    @Benchmark
    public Outcome fork(Saved saved) {
        return live(saved.snapshot.fork());
    }

    /**
     * A restoration.
     *
     * @param written the machine
     */
    @Benchmark
    public void restore(Written written) {
        written.saved.machine.restore(written.saved.snapshot);
    }

    /**
     * The life of a machine that is in a file.
     *
     * @param saved the file
     * @return its end
     * @throws IOException if it cannot be read
     */
    @Benchmark
    public Outcome load(Saved saved) throws IOException {
        try (Snapshot snapshot = Snapshot.load(saved.file)) {
            return live(snapshot.fork());
        }
    }

    /**
     * Writes a file with 16 MiB that are not zero.
     *
     * @param saved the snapshot
     * @throws IOException if it cannot be written
     */
    @Benchmark
    public void save(Saved saved) throws IOException {
        saved.snapshot.save(saved.file);
    }
}
