package kvm4j.benchmarks.loop;

import kvm4j.benchmarks.kind.Workload;
import kvm4j.guests.Guest;
import kvm4j.kvm.VcpuInterrupts;

/** {@link VcpuInterrupts#inject} into a guest that has interrupts on, and its handler's OUT. */
final class InjectionOperation implements Operation {

    private final LoopGuest guest;
    private final VcpuInterrupts interrupts;

    InjectionOperation(Workload.Injection workload) {
        guest = new LoopGuest(workload);
        interrupts = guest.vcpu().interrupts();
        guest.runToOut();
        guest.reenterHere();
    }

    @Override
    public void once() {
        guest.restart();
        interrupts.inject(Guest.INTERRUPT_VECTOR);
        guest.runToOut();
    }

    @Override
    public void close() {
        guest.close();
    }
}
