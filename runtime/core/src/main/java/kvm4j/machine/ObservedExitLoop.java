package kvm4j.machine;

import kvm4j.kvm.ExitReason;
import kvm4j.kvm.Vcpu;
import kvm4j.linux.NativeThread;

/**
 * The exit loop of a machine that somebody observes, or whose exits somebody wants to handle before
 * its own parts do.
 */
final class ObservedExitLoop extends ExitLoop {

    private final ExitHandlers handlers;
    private final ExitObserver observer;

    ObservedExitLoop(Vcpu vcpu, MachineBoard board, ExitHandlers handlers, ExitObserver observer) {
        super(vcpu, board, handlers);
        this.handlers = handlers;
        this.observer = observer;
    }

    @Override
    void started() {
        try {
            observer.started(vcpu, NativeThread.current());
        } catch (Throwable failure) {
            throw failed(failure);
        }
    }

    @Override
    void left() {
        try {
            observer.left(vcpu);
        } catch (Throwable failure) {
            throw failed(failure);
        }
    }

    @Override
    ExitReason handleExits() {
        for (int i = 0; i < EXITS_IN_A_CALL; i++) {
            enter();
            ExitReason reason = vcpu.run();
            coalescedWrites.deliver();
            if (reason == ExitReason.INTR) {
                return reason;
            }
            observe(reason);
            if (!handleFirst(reason) && !handle(reason)) {
                return reason;
            }
            handled(reason);
        }
        return null;
    }

    private void enter() {
        try {
            observer.entering(vcpu);
        } catch (Throwable failure) {
            throw failed(failure);
        }
    }

    private void observe(ExitReason reason) {
        try {
            observer.exited(vcpu, reason);
        } catch (Throwable failure) {
            throw failed(failure);
        }
    }

    private boolean handleFirst(ExitReason reason) {
        ExitHandler.Verdict verdict = handlers.askFirst(vcpu, reason);
        if (verdict == ExitHandler.Verdict.NOT_MINE) {
            return false;
        }
        Outcome outcome = carriedOut(verdict);
        if (outcome != null) {
            end(outcome);
        }
        return true;
    }

    @Override
    void handled(ExitReason reason) {
        try {
            observer.handled(vcpu, reason);
        } catch (Throwable failure) {
            throw failed(failure);
        }
    }

    private static PartFailure failed(Throwable failure) {
        return new PartFailure("exit observer", failure);
    }
}
