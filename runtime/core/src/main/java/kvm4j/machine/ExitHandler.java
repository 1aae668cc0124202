package kvm4j.machine;

import kvm4j.kvm.ExitReason;
import kvm4j.kvm.Vcpu;

import java.util.Set;

/**
 * Handles exits that a machine has no part for: those of debugging, hypercalls, filtered MSRs,
 * Hyper-V and Xen, memory faults, full dirty rings, and whatever a newer kernel brings. Without one
 * that takes it, such an exit ends the machine with an {@link Outcome.HostError}.
 *
 * {@snippet :
 * ExitHandler zeros = (vcpu, reason) -> {
 *     if (reason != ExitReason.X86_RDMSR) {
 *         return ExitHandler.Verdict.NOT_MINE;
 *     }
 *     vcpu.exit().setMsrValue(0);
 *     return ExitHandler.Verdict.HANDLED;
 * };
 * }
 *
 * <p>Called on the vCPU's own thread, out of the guest. What it throws ends the machine. It must
 * not close the vCPU, which refuses.
 */
@FunctionalInterface
public interface ExitHandler {

    /** What becomes of the exit. */
    sealed interface Verdict {

        /** It is handled, and the vCPU goes on. */
        Verdict HANDLED = Simple.HANDLED;

        /** It is for the next handler or, after the last, for the machine. */
        Verdict NOT_MINE = Simple.NOT_MINE;

        /**
         * It is handled, and the machine pauses before the vCPU goes on, as with {@link
         * Machine#pause()}, until {@link Machine#resume()}.
         */
        Verdict PAUSE = Simple.PAUSE;

        /**
         * It is the machine's end.
         *
         * @param outcome how it ended
         * @return the verdict
         */
        static Verdict end(Outcome outcome) {
            return new End(outcome);
        }
    }

    /** Verdicts that need no more words. */
    enum Simple implements Verdict {
        /** See {@link Verdict#HANDLED}. */
        HANDLED,
        /** See {@link Verdict#NOT_MINE}. */
        NOT_MINE,
        /** See {@link Verdict#PAUSE}. */
        PAUSE
    }

    /**
     * The verdict that ends the machine.
     *
     * @param outcome how it ended
     */
    record End(Outcome outcome) implements Verdict {}

    /**
     * Handles an exit.
     *
     * @param vcpu the vCPU, out of the guest
     * @param reason why
     * @return what becomes of it
     */
    Verdict handle(Vcpu vcpu, ExitReason reason);

    /**
     * For which exits this is asked before the machine's own parts, its devices above all. Asked
     * once, when the machine is built.
     *
     * @return the reasons; as a rule none
     */
    default Set<ExitReason> first() {
        return Set.of();
    }
}
