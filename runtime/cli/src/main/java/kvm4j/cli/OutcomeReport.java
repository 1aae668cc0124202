package kvm4j.cli;

import kvm4j.machine.CrashReport;
import kvm4j.machine.Outcome;

import java.io.PrintWriter;

/**
 * Says how a guest ended, where that is not by its own will, and finds the status of the process.
 *
 * @param err where to
 */
record OutcomeReport(PrintWriter err) {

    /**
     * Says it.
     *
     * @return the status to end with
     * @throws Failure if the host failed
     */
    int of(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Exited exited -> exited(exited);
            case Outcome.Halted halted -> ExitStatus.OK.code();
            case Outcome.PoweredOff off -> ExitStatus.OK.code();
            case Outcome.Reset reset -> ended(ExitStatus.RESET, reset);
            case Outcome.Panicked panic -> ended(ExitStatus.PANICKED, panic);
            case Outcome.TripleFault fault ->
                    failed(ExitStatus.TRIPLE_FAULT, fault, fault.report());
            case Outcome.InternalError error ->
                    failed(ExitStatus.INTERNAL_ERROR, error, error.report());
            case Outcome.FailedEntry entry ->
                    failed(ExitStatus.FAILED_ENTRY, entry, entry.report());
            case Outcome.TimeLimitReached limit -> ended(ExitStatus.TIME_LIMIT, limit);
            case Outcome.Stopped stopped -> ended(ExitStatus.INTERRUPTED, stopped);
            case Outcome.HostError error ->
                    throw new Failure(ExitStatus.HOST_ERROR, error.describe(), error.cause());
        };
    }

    /** A status has the low byte alone, and 0 is for guests that ended well. */
    private int exited(Outcome.Exited exited) {
        int status = exited.code() & 0xff;
        return status == 0 && exited.code() != 0 ? ended(ExitStatus.WIDE_CODE, exited) : status;
    }

    private int failed(ExitStatus status, Outcome outcome, CrashReport crash) {
        int code = ended(status, outcome);
        err.print(crash.describe().indent(2));
        err.flush();
        return code;
    }

    private int ended(ExitStatus status, Outcome outcome) {
        Message.tell(err, outcome.describe());
        return status.code();
    }
}
