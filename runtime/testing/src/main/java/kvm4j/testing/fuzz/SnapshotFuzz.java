package kvm4j.testing.fuzz;

import kvm4j.device.FuzzInput;
import kvm4j.machine.Machine;
import kvm4j.machine.Outcome;
import kvm4j.machine.Snapshot;
import kvm4j.testing.FinishedGuest;
import kvm4j.testing.GuestSetup;
import kvm4j.testing.RunningGuest;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * A guest that is fuzzed: it is started once, comes to where it {@linkplain FuzzInput asks for its
 * input}, and from there is run with one input after the other, each time with all else as it was.
 *
 * {@snippet :
 * try (SnapshotFuzz parser = SnapshotFuzz.of(GuestSetup.of("target/kernel.elf"))) {
 *     Outcome outcome = parser.run(new byte[] {1, 2, 3});
 *     parser.fuzz("GET /".getBytes());         // throws a FuzzFinding if that does not end well
 * }
 * }
 *
 * <p>An input's run ends when the guest writes its exit code to port 0xf4, when it asks for another
 * input (exit code 0), when its machine ends, or at the time limit. Between inputs the machine is
 * {@linkplain Machine#restore restored}, which copies what the guest wrote and no more; after an
 * end of the machine, such as a triple fault, another is forked.
 *
 * <p>Any thread may use it; inputs are run one at a time. To use several processors of the host,
 * use several of these.
 */
public final class SnapshotFuzz implements AutoCloseable {

    /** How much of an input a finding's message shows, in bytes. */
    private static final int SHOWN = 64;

    private final GuestSetup setup;
    private final FuzzOptions options;
    private final FindingFolder findings;
    private final RunningGuest origin;
    private final FuzzInput.Request request;
    private final Snapshot snapshot;
    private FuzzedMachine machine;
    private long executions;
    private long forks;
    private long nanoseconds;
    private boolean closed;

    /**
     * What was done until now.
     *
     * @param executions how many inputs were run
     * @param forks how many machines were made for them
     * @param time how long that took, from input to end, with all that was made and reset for it
     */
    public record Statistics(long executions, long forks, Duration time) {

        /** {@return how many inputs were run in a second; 0 if none was} */
        public double executionsPerSecond() {
            return executions == 0 ? 0 : executions * 1e9 / time.toNanos();
        }
    }

    private SnapshotFuzz(
            GuestSetup setup, FuzzOptions options, RunningGuest origin, FirstRequest first) {
        this.setup = setup;
        this.options = options;
        this.findings = new FindingFolder(options.findings());
        this.origin = origin;
        this.request = awaitRequest(origin, first);
        this.snapshot = origin.machine().snapshot();
    }

    /**
     * Starts a guest, and waits until it asks for an input.
     *
     * @param setup the guest; its time limit is for the way to there. Not to be used for other
     *     guests afterwards
     * @return the guest, to be closed
     * @throws IllegalStateException as {@link #of(GuestSetup, FuzzOptions)} throws it
     */
    public static SnapshotFuzz of(GuestSetup setup) {
        return of(setup, FuzzOptions.DEFAULT);
    }

    /**
     * Starts a guest, and waits until it asks for an input.
     *
     * @param setup the guest; its time limit is for the way to there. Not to be used for other
     *     guests afterwards
     * @param options how to fuzz it
     * @return the guest, to be closed
     * @throws IllegalStateException if the guest ends before it asks for an input, asks for it in
     *     what is not its memory, or cannot be saved in a snapshot
     * @throws kvm4j.kvm.KvmUnavailableException if the host has no KVM for us
     * @throws CancellationException if the thread is interrupted
     */
    public static SnapshotFuzz of(GuestSetup setup, FuzzOptions options) {
        FirstRequest first = new FirstRequest();
        RunningGuest origin = setup.customize(machine -> machine.exitHandler(first)).start();
        try {
            return new SnapshotFuzz(setup, options, origin, first);
        } catch (Throwable failure) {
            origin.close();
            throw failure;
        }
    }

    private static FuzzInput.Request awaitRequest(RunningGuest origin, FirstRequest first) {
        Machine machine = origin.machine();
        try {
            CompletableFuture.anyOf(first.descriptor(), machine.outcome()).get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while the guest started");
        } catch (ExecutionException impossible) {
            throw new AssertionError(impossible);
        }
        if (!first.descriptor().isDone()) {
            FinishedGuest guest = origin.finish();
            throw new IllegalStateException(
                    "%s ended before it asked for an input at port 0x%x%n%s"
                            .formatted(guest.name(), FuzzInput.PORT, guest.report()));
        }
        long descriptor = first.descriptor().join();
        return FuzzInput.Request.of(machine.memory(), descriptor)
                .orElseThrow(
                        () ->
                                new IllegalStateException(
                                        ("%s asked for an input with a descriptor at 0x%x, but that"
                                                        + " or its buffer is not in its memory")
                                                .formatted(origin.name(), descriptor)));
    }

    /**
     * Runs the guest with an input.
     *
     * @param input the input, of which the guest gets what it has room for and the options allow
     * @return how that ended: an {@link Outcome.Exited} with what it wrote to port 0xf4, an {@link
     *     Outcome.TimeLimitReached} at the time limit, or how the machine ended
     * @throws IllegalStateException if this is closed
     * @throws kvm4j.linux.LinuxException if the host cannot make another machine
     * @throws CancellationException if the thread is interrupted
     */
    public synchronized Outcome run(byte[] input) {
        if (closed) {
            throw new IllegalStateException("the fuzzed guest is closed");
        }
        byte[] given = given(input);
        long start = System.nanoTime();
        if (machine == null || machine.isOver()) {
            replace();
        }
        Outcome outcome = machine.run(given, options.timeLimit());
        nanoseconds += System.nanoTime() - start;
        executions++;
        return outcome;
    }

    private void replace() {
        if (machine != null) {
            machine.close();
            machine = null;
        }
        machine = new FuzzedMachine(snapshot, request);
        forks++;
    }

    private byte[] given(byte[] input) {
        int length = Math.min(request.room(input), options.longestInput());
        return length == input.length ? input : Arrays.copyOf(input, length);
    }

    /**
     * Runs the guest with an input, which is saved if it does not end well: what a fuzz test has to
     * call.
     *
     * @param input the input, as for {@link #run}
     * @throws FuzzFinding if the guest did not end as the options want it
     * @throws java.io.UncheckedIOException if an input cannot be saved
     * @throws IllegalStateException if this is closed
     * @throws CancellationException if the thread is interrupted
     */
    public synchronized void fuzz(byte[] input) {
        Outcome outcome = run(input);
        if (!options.passing().test(outcome)) {
            throw finding(given(input), outcome);
        }
    }

    private FuzzFinding finding(byte[] input, Outcome outcome) {
        Path file = findings.save(input, outcome);
        String message =
                "%s: %s%ninput: %d bytes, saved as %s: %s%nrepeat: %s%n%s"
                        .formatted(
                                setup.name(),
                                outcome.describe(),
                                input.length,
                                file,
                                shown(input),
                                setup.repeatCommand(file),
                                machine.report(outcome));
        return new FuzzFinding(message, outcome, file);
    }

    private static String shown(byte[] input) {
        HexFormat spaced = HexFormat.ofDelimiter(" ");
        return input.length <= SHOWN
                ? spaced.formatHex(input)
                : spaced.formatHex(input, 0, SHOWN) + " ...";
    }

    /**
     * The machine that the last input was run on, as the guest left it; the next input takes it
     * back.
     *
     * @return the machine, paused or at its end, and not to be resumed
     * @throws IllegalStateException if no input was run
     */
    public synchronized Machine machine() {
        if (machine == null) {
            throw new IllegalStateException("no input was run");
        }
        return machine.machine();
    }

    /** {@return what was done until now} */
    public synchronized Statistics statistics() {
        return new Statistics(executions, forks, Duration.ofNanos(nanoseconds));
    }

    /** Ends the guest, and gives back what it holds. Does nothing the second time. */
    @Override
    public synchronized void close() {
        closed = true;
        if (machine != null) {
            machine.close();
        }
        snapshot.close();
        origin.close();
    }
}
