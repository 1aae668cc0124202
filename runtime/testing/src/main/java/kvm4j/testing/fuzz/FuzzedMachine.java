package kvm4j.testing.fuzz;

import kvm4j.device.FuzzInput;
import kvm4j.machine.Board;
import kvm4j.machine.CrashReport;
import kvm4j.machine.Machine;
import kvm4j.machine.Outcome;
import kvm4j.machine.Snapshot;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A machine whose guest waits for an input, and is taken back there for the next, until one ends
 * the machine.
 */
final class FuzzedMachine implements AutoCloseable {

    private final Snapshot snapshot;
    private final FuzzInput.Request request;
    private final EndOfInput end = new EndOfInput();
    private final ConsoleTail console = new ConsoleTail();
    private final Machine machine;
    private Board board;
    private boolean used;
    private boolean over;

    FuzzedMachine(Snapshot snapshot, FuzzInput.Request request) {
        this.snapshot = snapshot;
        this.request = request;
        this.machine =
                snapshot.fork(
                        builder ->
                                builder.exitHandler(end)
                                        .console(console)
                                        .peripheral(connection -> board = connection));
        try {
            machine.pause();
            machine.start();
            end.follow(machine);
        } catch (Throwable broken) {
            machine.close();
            throw broken;
        }
    }

    /**
     * Runs the guest with an input.
     *
     * @return how that ended: the machine is paused, or has ended
     * @throws IllegalStateException if the machine has ended before
     * @throws CancellationException if the thread is interrupted; the machine has ended
     */
    Outcome run(byte[] input, Duration limit) {
        if (used) {
            machine.restore(snapshot);
        }
        used = true;
        console.clear();
        request.answer(machine.memory(), input);
        CompletableFuture<Outcome> ended = end.expect();
        machine.resume();
        try {
            return ended.get(TimeUnit.NANOSECONDS.convert(limit), TimeUnit.NANOSECONDS);
        } catch (TimeoutException hang) {
            over = true;
            board.end(new Outcome.TimeLimitReached(limit, List.of()));
            return machine.await();
        } catch (InterruptedException e) {
            over = true;
            machine.stop();
            Thread.currentThread().interrupt();
            throw new CancellationException("the fuzzing thread was interrupted");
        } catch (ExecutionException impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** {@return whether no other input can be run} */
    boolean isOver() {
        return over || end.isMachineOver();
    }

    /** {@return the machine} */
    Machine machine() {
        return machine;
    }

    /**
     * Ends the machine, and tells where its processors were and what its guest printed, all of
     * which is delivered by then.
     *
     * @return several lines
     */
    String report(Outcome outcome) {
        over = true;
        machine.stop();
        machine.await();
        StringBuilder text = new StringBuilder("--- processors ---\n");
        for (CrashReport report : reports(outcome)) {
            text.append("vCPU ").append(report.vcpu()).append('\n').append(report.describe());
        }
        return text.append("--- the last of COM1 ---\n").append(console.text()).toString();
    }

    private List<CrashReport> reports(Outcome outcome) {
        return switch (outcome) {
            case Outcome.TimeLimitReached limit -> limit.reports();
            case Outcome.HostError _ -> List.of();
            case Outcome other when !other.reports().isEmpty() -> other.reports();
            default -> List.of(stateOfFirst());
        };
    }

    private CrashReport stateOfFirst() {
        return machine.onVcpu(0, vcpu -> CrashReport.of(vcpu, machine.memory()));
    }

    @Override
    public void close() {
        machine.close();
    }
}
