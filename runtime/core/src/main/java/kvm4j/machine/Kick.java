package kvm4j.machine;

import java.time.Duration;

/**
 * How a vCPU was taken out of the guest by another thread: {@code immediate_exit} in its run page,
 * and a signal, which is repeated until the vCPU is seen outside (KVM API documentation, section 5,
 * immediate_exit).
 *
 * @param reason what for; the first reason, if others came before the vCPU was outside
 * @param asker the thread that asked
 * @param latency how long it took until the vCPU was outside, the handling of an exit that it was
 *     in included
 * @param signals how many signals were sent for that, at least 1
 */
public record Kick(Reason reason, Thread asker, Duration latency, int signals) {

    /** What a vCPU is taken out of the guest for. */
    public enum Reason {
        /**
         * {@link Machine#pause()} and what pauses: a snapshot, an exit handler that asks for it.
         */
        PAUSE,
        /** {@link Machine#onVcpu}. */
        TASK,
        /** The machine ends. */
        STOP,
        /** The guest sends more than is read. */
        OUTPUT,
        /** The guest suspends the machine to memory. */
        SLEEP,
        /** To find out whether all vCPUs have halted for good. */
        HALT_WATCH
    }

    /** A kick that is under way. */
    static final class Request {

        private final Reason reason;
        private final Thread asker = Thread.currentThread();
        private final long asked = System.nanoTime();
        private int signals;

        /** A request of the calling thread. */
        Request(Reason reason) {
            this.reason = reason;
        }

        /** A signal is sent. */
        void signalled() {
            signals++;
        }

        /** The kick that it was, now that the vCPU is outside. */
        Kick answered() {
            return new Kick(reason, asker, Duration.ofNanos(System.nanoTime() - asked), signals);
        }
    }
}
