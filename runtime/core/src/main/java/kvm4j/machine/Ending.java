package kvm4j.machine;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How a machine comes to its end, in steps of which none waits for anything without a limit: its
 * outcome is decided, its vCPUs leave, its output is delivered, and then it has ended.
 *
 * <p>Who decides the outcome also stops all vCPUs, itself, before it goes on: a vCPU on whose
 * thread that happens does not enter the guest again. The others are kicked until they have left.
 */
final class Ending implements VcpuThread.Listener {

    /** How long vCPUs may take to leave before the machine ends without them, in milliseconds. */
    static final int LEAVING_MILLISECONDS = 1000;

    /** How long output may take to be written after that, in milliseconds, if nobody said more. */
    static final int OUTPUT_MILLISECONDS = 1000;

    private static final Duration FIRST_KICK = Duration.ofMillis(2);
    private static final Duration LONGEST_KICK = Duration.ofMillis(50);

    /** How long a device or an observer may go on before its thread is interrupted. */
    private static final Duration PATIENCE = Duration.ofMillis(20);

    private static final class Log {
        static final Logger LOGGER = LoggerFactory.getLogger(Machine.class);

        private Log() {}
    }

    private final Processors processors;
    private final CompletableFuture<Outcome> decided = new CompletableFuture<>();
    private final CompletableFuture<Outcome> ended = new CompletableFuture<>();
    private final CompletableFuture<Void> allLeft = new CompletableFuture<>();
    private final AtomicBoolean finishing = new AtomicBoolean();
    private final AtomicBoolean urgent = new AtomicBoolean();
    private final AtomicInteger present = new AtomicInteger();
    private final List<QueuedOutput> outputs = new CopyOnWriteArrayList<>();
    private Runnable lastWrites = () -> {};
    private Runnable outsideListener = () -> {};
    private Optional<MachineObserver> observer = Optional.empty();
    private Duration outputPatience = Duration.ofMillis(OUTPUT_MILLISECONDS);

    /**
     * When the time began that all that still has to be done shares, by {@link System#nanoTime}.
     */
    private volatile long hurriedAt;

    private volatile Future<?> next = CompletableFuture.completedFuture(null);
    private Future<?> givingUp = CompletableFuture.completedFuture(null);

    Ending(Processors processors) {
        this.processors = processors;
    }

    /** Says who is told of the end, before the first vCPU starts. */
    void tell(MachineObserver whoever) {
        observer = Optional.of(whoever);
    }

    /** Adds an output that is delivered at the end. */
    void deliver(QueuedOutput output) {
        outputs.add(output);
    }

    /** Says how long output may take where the guest itself ended the machine. */
    void waitForOutput(Duration patience) {
        outputPatience = patience;
    }

    /**
     * Says what has to be known before the first vCPU starts, when all are there.
     *
     * @param writes hands over what the guest wrote last, when all vCPUs have left
     * @param outside told whenever a vCPU is out of the guest, held
     */
    void prepare(Runnable writes, Runnable outside) {
        lastWrites = writes;
        outsideListener = outside;
        present.set(processors.threads().size());
        if (isDecided()) {
            processors.stop();
        }
    }

    /**
     * Decides the outcome, unless that is decided, and has the vCPUs leave. Any thread may. An end
     * that is not the guest's own leaves what it has printed before no more time than others.
     */
    void end(Outcome outcome) {
        if (!isDecided()) {
            hurriedAt = System.nanoTime();
        }
        boolean first = decided.complete(outcome);
        processors.stop();
        if (!ended.isDone() && !isGuestsOwn(outcome)) {
            hurryOutputs();
        }
        if (first && !finishing.get()) {
            next = MachineClock.MACHINES.after(FIRST_KICK, () -> hurry(FIRST_KICK));
        }
    }

    private void hurryOutputs() {
        if (urgent.compareAndSet(false, true) && finishing.get()) {
            hurriedAt = System.nanoTime();
            giveUpOutputsAfter(Duration.ofMillis(OUTPUT_MILLISECONDS));
        }
    }

    private void hurry(Duration interval) {
        processors.stop();
        if (processors.haveLeft()) {
            return;
        }
        Duration elapsed = Duration.ofNanos(System.nanoTime() - hurriedAt);
        if (elapsed.compareTo(PATIENCE) > 0) {
            processors.interruptThoseWaiting();
        }
        if (elapsed.toMillis() >= LEAVING_MILLISECONDS || processors.refusedKick().isPresent()) {
            Log.LOGGER.warn("a machine ends without {}", processors.stragglers());
            finish();
        } else {
            Duration longer = interval.plus(interval);
            Duration later = longer.compareTo(LONGEST_KICK) < 0 ? longer : LONGEST_KICK;
            next = MachineClock.MACHINES.after(later, () -> hurry(later));
        }
    }

    @Override
    public void ended(Outcome outcome) {
        end(outcome);
    }

    @Override
    public void heldOutside() {
        outsideListener.run();
    }

    @Override
    public boolean wantsPositions() {
        return decided.getNow(null) instanceof Outcome.TimeLimitReached;
    }

    @Override
    public void left(VcpuThread thread) {
        if (present.decrementAndGet() == 0) {
            allLeft.complete(null);
            finish();
        }
    }

    private void finish() {
        if (!finishing.compareAndSet(false, true)) {
            return;
        }
        next.cancel(false);
        Optional<Outcome> failure = present.get() == 0 ? deliverLastWrites() : Optional.empty();
        CompletableFuture<?>[] deliveries =
                outputs.stream().map(QueuedOutput::finish).toArray(CompletableFuture<?>[]::new);
        CompletableFuture<Void> delivery = CompletableFuture.allOf(deliveries);
        if (!delivery.isDone()) {
            giveUpOutputsAfter(
                    urgent.get() ? Duration.ofMillis(OUTPUT_MILLISECONDS) : outputPatience);
        }
        delivery.whenComplete((_, thrown) -> complete(failure.or(() -> outcomeOf(thrown))));
    }

    private static boolean isGuestsOwn(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Stopped _, Outcome.TimeLimitReached _, Outcome.HostError _ -> false;
            default -> true;
        };
    }

    private synchronized void giveUpOutputsAfter(Duration patience) {
        givingUp.cancel(false);
        givingUp = MachineClock.MACHINES.after(patience, this::giveUpOutputs);
    }

    private Optional<Outcome> deliverLastWrites() {
        try {
            lastWrites.run();
            return Optional.empty();
        } catch (PartFailure failure) {
            return Optional.of(failure.outcome());
        }
    }

    /** Whoever was told that the guest ended well would take what is there for all of it. */
    private void giveUpOutputs() {
        boolean wouldBeMissed = isGuestsOwn(decided.join());
        for (QueuedOutput output : outputs) {
            int left = wouldBeMissed ? output.fail() : output.giveUp();
            if (left > 0) {
                Log.LOGGER.warn("nobody reads {}: up to {} bytes are lost", output.name(), left);
            }
        }
    }

    private static Optional<Outcome> outcomeOf(Throwable thrown) {
        return thrown != null && thrown.getCause() instanceof PartFailure failure
                ? Optional.of(failure.outcome())
                : Optional.empty();
    }

    private void complete(Optional<Outcome> failure) {
        stopGivingUp();
        Outcome outcome = decided.join();
        if (!processors.haveLeft()) {
            outcome = processors.refusedKick().orElse(outcome);
        }
        Outcome known =
                switch (outcome) {
                    case Outcome.HostError error -> error;
                    case Outcome any when failure.isPresent() -> failure.get();
                    case Outcome.TimeLimitReached(Duration limit, _) ->
                            new Outcome.TimeLimitReached(limit, processors.positions());
                    case Outcome any -> any;
                };
        observer.ifPresentOrElse(told -> tell(told, known), () -> ended.complete(known));
    }

    /** Output that was waited for patiently has taken none of the observer's time. */
    private synchronized void stopGivingUp() {
        givingUp.cancel(false);
        if (!urgent.get()) {
            hurriedAt = System.nanoTime();
        }
    }

    /** Ends when the observer knows, or when the machine's time is over. */
    private void tell(MachineObserver told, Outcome outcome) {
        FutureTask<Void> telling =
                new FutureTask<>(() -> told.ended(outcome), null) {
                    @Override
                    protected void done() {
                        next.cancel(false);
                        ended.complete(outcome);
                    }

                    @Override
                    protected void setException(Throwable failure) {
                        Log.LOGGER.warn("a machine observer failed at the end", failure);
                        super.setException(failure);
                    }
                };
        long spent = System.nanoTime() - hurriedAt;
        Duration rest = Machine.LONGEST_END.minusNanos(spent);
        next = MachineClock.MACHINES.after(rest, () -> giveUp(telling));
        OutcomeThreads.EXECUTOR.execute(telling);
    }

    private static void giveUp(Future<?> telling) {
        if (telling.cancel(true)) {
            Log.LOGGER.warn("a machine ends before its observer has seen the end");
        }
    }

    /** Whether it is decided how the machine ends. */
    boolean isDecided() {
        return decided.isDone();
    }

    /** Completed when the machine has ended and no vCPU uses it any more, which may be never. */
    CompletableFuture<Void> abandonedByAll() {
        return CompletableFuture.allOf(allLeft, ended);
    }

    /** Whether the calling thread is one that writes the machine's output. */
    boolean isAwaitedByCaller() {
        return outputs.stream().anyMatch(QueuedOutput::isWrittenByCaller);
    }

    /** Completed when the machine has ended; not to be completed by others. */
    CompletableFuture<Outcome> ended() {
        return ended;
    }
}
