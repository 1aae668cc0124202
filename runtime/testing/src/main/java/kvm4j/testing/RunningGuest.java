package kvm4j.testing;

import kvm4j.machine.Machine;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A guest under test that was started: to talk to, and to wait for. Any thread may use it. */
public final class RunningGuest implements AutoCloseable {

    /** How much of what came instead is told, in characters. */
    private static final int TOLD = 2000;

    private final GuestFacts facts;
    private final Machine machine;
    private final Map<Channel, ChannelOutput> outputs;
    private final ExitLog exits;
    private final TypedInput input;
    private final HostCpus.Lease lease;
    private final long started = System.nanoTime();
    private FinishedGuest finished;

    RunningGuest(
            GuestFacts facts,
            Machine machine,
            Map<Channel, ChannelOutput> outputs,
            ExitLog exits,
            TypedInput input,
            HostCpus.Lease lease) {
        this.facts = facts;
        this.machine = machine;
        this.outputs = outputs;
        this.exits = exits;
        this.input = input;
        this.lease = lease;
    }

    /** {@return what reports call the guest} */
    public String name() {
        return facts.name();
    }

    /** {@return the machine, to pause it, or to look into its memory} */
    public Machine machine() {
        return machine;
    }

    /** {@return whether the guest has not ended yet} */
    public boolean isRunning() {
        boolean interrupted = Thread.interrupted();
        try {
            machine.await(Duration.ZERO);
            return false;
        } catch (TimeoutException e) {
            return true;
        } catch (InterruptedException e) {
            interrupted = true;
            return true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** {@return what the guest printed on COM1 until now} */
    public String console() {
        return outputs.get(Channel.COM1).transcript().text();
    }

    /**
     * Waits until the guest prints a text on COM1, behind the last that was waited for.
     *
     * @param text what to wait for
     * @param limit how long at most
     * @return this
     * @throws AssertionError if it did not come in time, or the guest ended without; says what came
     *     instead
     */
    public RunningGuest await(String text, Duration limit) {
        Transcript transcript = outputs.get(Channel.COM1).transcript();
        try {
            if (transcript.await(text, limit, () -> !isRunning())) {
                return this;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting for \"" + text + "\"", e);
        }
        String came = ReadableText.end(transcript.unread());
        throw new AssertionError(
                "%s \"%s\"; instead came: %s"
                        .formatted(
                                isRunning()
                                        ? "waited "
                                                + TimeUnit.MILLISECONDS.convert(limit)
                                                + " ms in vain for"
                                        : facts.name() + " ended without printing",
                                text,
                                came.isEmpty()
                                        ? "nothing"
                                        : "\""
                                                + came.substring(Math.max(0, came.length() - TOLD))
                                                + "\""));
    }

    /**
     * Waits 10 s at most until the guest prints a text on COM1, behind the last that was waited
     * for.
     *
     * @param text what to wait for
     * @return this
     * @throws AssertionError as {@link #await(String, Duration)} throws it
     */
    public RunningGuest await(String text) {
        return await(text, GuestSetup.DEFAULT_TIMEOUT);
    }

    /**
     * Types at COM1.
     *
     * @param text what, with {@code \r} or {@code \n} where a key ends a line
     * @return this
     */
    public RunningGuest type(String text) {
        input.type(text.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    /**
     * Waits for the guest's end, which its time limit brings at last.
     *
     * @return the guest, to be closed; the same each time
     */
    public synchronized FinishedGuest finish() {
        if (finished == null) {
            var outcome = machine.await();
            long duration = System.nanoTime() - started;
            input.close();
            lease.close();
            finished =
                    new FinishedGuest(
                            facts, machine, outcome, outputs, exits, Duration.ofNanos(duration));
        }
        return finished;
    }

    /**
     * Ends the guest.
     *
     * @return the guest, to be closed
     */
    public FinishedGuest stop() {
        machine.stop();
        return finish();
    }

    /** Ends the guest, and gives back what it holds. Does nothing the second time. */
    @Override
    public void close() {
        stop().close();
    }
}
