package kvm4j.machine;

import kvm4j.kvm.ExitReason;
import kvm4j.kvm.Vcpu;

/**
 * Sees each exit before it is handled, on the vCPU's own thread: for counting, tracing, measuring.
 *
 * <p>It is on the way of every exit, so it should be quick and allocate nothing. It may read the
 * {@linkplain Vcpu#exit() exit} and the vCPU's registers; what it throws ends the machine.
 */
@FunctionalInterface
public interface ExitObserver {

    /**
     * The guest has made an exit. {@link ExitReason#INTR} is none: by that the host takes a vCPU
     * out of the guest, to pause or to stop it.
     *
     * @param vcpu the vCPU, out of the guest
     * @param reason why
     */
    void exited(Vcpu vcpu, ExitReason reason);
}
