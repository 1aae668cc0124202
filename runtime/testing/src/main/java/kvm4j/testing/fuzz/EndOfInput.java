package kvm4j.testing.fuzz;

import kvm4j.device.DebugExit;
import kvm4j.kvm.ExitReason;
import kvm4j.kvm.KvmRun;
import kvm4j.kvm.Vcpu;
import kvm4j.machine.ExitHandler;
import kvm4j.machine.Machine;
import kvm4j.machine.Outcome;

import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Notices when a guest has done with its input, and pauses its machine there: one that has ended
 * could not be taken back. Of several processors the first that says so counts.
 */
final class EndOfInput implements ExitHandler {

    private static final Outcome WELL = new Outcome.Exited(0);

    private volatile CompletableFuture<Outcome> expected = CompletableFuture.completedFuture(WELL);
    private volatile Outcome machineEnd;

    /** Follows the end of the machine, too. */
    void follow(Machine machine) {
        machine.outcome()
                .thenAccept(
                        outcome -> {
                            machineEnd = outcome;
                            expected.complete(outcome);
                        });
    }

    /** Whether the machine has ended, and another is needed. */
    boolean isMachineOver() {
        return machineEnd != null;
    }

    /** Begins with another input. */
    CompletableFuture<Outcome> expect() {
        CompletableFuture<Outcome> next = new CompletableFuture<>();
        expected = next;
        if (isMachineOver()) {
            next.complete(machineEnd);
        }
        return next;
    }

    @Override
    public Set<ExitReason> first() {
        return Set.of(ExitReason.IO);
    }

    @Override
    public Verdict handle(Vcpu vcpu, ExitReason reason) {
        if (reason != ExitReason.IO) {
            return Verdict.NOT_MINE;
        }
        KvmRun exit = vcpu.exit();
        if (exit.ioIsOut() && exit.ioPort() == DebugExit.PORT) {
            return ended(new Outcome.Exited((int) exit.ioValue(0)));
        }
        return FirstRequest.isRequest(exit) ? ended(WELL) : Verdict.NOT_MINE;
    }

    private Verdict ended(Outcome outcome) {
        return expected.complete(outcome) ? Verdict.PAUSE : Verdict.HANDLED;
    }
}
