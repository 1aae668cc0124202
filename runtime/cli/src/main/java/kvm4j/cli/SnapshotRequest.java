package kvm4j.cli;

import kvm4j.kvm.ExitReason;
import kvm4j.kvm.Vcpu;
import kvm4j.machine.ExitObserver;
import kvm4j.machine.Machine;
import kvm4j.machine.MachineBuilder;
import kvm4j.machine.Snapshot;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/** A snapshot that a user wants at a moment of a guest's life; the guest goes on afterwards. */
final class SnapshotRequest implements Watch {

    private static final long LONGEST_WRITE_SECONDS = 60;

    private final SnapshotMoment moment;
    private final Path file;
    private final PrintWriter messages;
    private volatile boolean saved;
    private final CompletableFuture<Machine> machine = new CompletableFuture<>();
    private final CompletableFuture<Void> sign = new CompletableFuture<>();
    private final CompletableFuture<Void> written =
            machine.thenAcceptBothAsync(sign, (target, _) -> take(target), this::start);

    /**
     * A request.
     *
     * @param moment when
     * @param file where to
     * @param messages told what came of it
     */
    SnapshotRequest(SnapshotMoment moment, Path file, PrintWriter messages) {
        this.moment = moment;
        this.file = file;
        this.messages = messages;
    }

    private void start(Runnable work) {
        Thread.ofPlatform().name("kvm4j-snapshot").daemon().start(work);
    }

    @Override
    public OutputStream watch(OutputStream output) {
        return moment.text().isEmpty()
                ? output
                : new TextWatch(output, moment.text(), () -> sign.complete(null));
    }

    @Override
    public void watch(MachineBuilder builder) {
        if (moment.isSignal()) {
            new ProcessSignal("USR1").onArrival(() -> sign.complete(null));
        }
        moment.exits().ifPresent(count -> builder.observer(countdown(count)));
    }

    private ExitObserver countdown(long count) {
        AtomicLong left = new AtomicLong(count);
        return new ExitObserver() {
            @Override
            public void exited(Vcpu vcpu, ExitReason reason) {
                if (left.decrementAndGet() == 0) {
                    sign.complete(null);
                }
            }
        };
    }

    @Override
    public void isOf(Machine target) {
        machine.complete(target);
    }

    private void take(Machine target) {
        try (Snapshot snapshot = target.snapshot()) {
            snapshot.save(file);
            saved = true;
            Message.tell(messages, "snapshot written to " + file);
        } catch (IOException | RuntimeException failure) {
            Message.tell(messages, "no snapshot in " + file + ": " + failure.getMessage());
        }
    }

    /** {@return whether there should be a snapshot, and is none; nobody has to send a signal} */
    boolean isMissed() {
        return !saved && (sign.isDone() || !moment.isSignal());
    }

    /** Waits for a snapshot that is being written. */
    @Override
    public void ended() {
        if (!sign.isDone()) {
            Message.tell(messages, "the guest ended before the moment of its snapshot");
            return;
        }
        try {
            written.get(LONGEST_WRITE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (TimeoutException | ExecutionException e) {
            Message.tell(messages, "no snapshot in " + file + ": " + e.getMessage());
        }
    }
}
