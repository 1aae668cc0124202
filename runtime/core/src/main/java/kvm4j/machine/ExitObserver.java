package kvm4j.machine;

import kvm4j.kvm.ExitReason;
import kvm4j.kvm.Vcpu;
import kvm4j.linux.NativeThread;

/**
 * Sees each exit before it is handled, on the vCPU's own thread, and if it likes also what comes
 * before and after: for counting, tracing, measuring.
 *
 * <p>It is on the way of every exit, so it should be quick and allocate nothing. It may read the
 * {@linkplain Vcpu#exit() exit} and the vCPU's registers; it cannot close the vCPU, which refuses.
 * What it throws ends the machine. A machine that nobody observes pays nothing for it.
 */
@FunctionalInterface
public interface ExitObserver {

    /**
     * A vCPU's thread has started, and will run this vCPU alone.
     *
     * @param vcpu the vCPU, which has not run yet
     * @param thread the thread, as the kernel's traces call it
     */
    default void started(Vcpu vcpu, NativeThread thread) {}

    /**
     * The vCPU is about to enter the guest.
     *
     * @param vcpu the vCPU, out of the guest
     */
    default void entering(Vcpu vcpu) {}

    /**
     * The guest has made an exit. {@link ExitReason#INTR} is none: by that the host takes a vCPU
     * out of the guest, to pause or to stop it.
     *
     * @param vcpu the vCPU, out of the guest
     * @param reason why
     */
    void exited(Vcpu vcpu, ExitReason reason);

    /**
     * The exit has been handled by the machine's parts. Not called for one that ends the machine.
     *
     * @param vcpu the vCPU, out of the guest
     * @param reason why it had left it
     */
    default void handled(Vcpu vcpu, ExitReason reason) {}

    /**
     * The vCPU's thread will run it no more: the machine ends. Called on that thread, as the last
     * of all, whatever happened before.
     *
     * @param vcpu the vCPU, out of the guest
     */
    default void left(Vcpu vcpu) {}
}
