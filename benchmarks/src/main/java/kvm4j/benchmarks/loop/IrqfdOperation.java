package kvm4j.benchmarks.loop;

import kvm4j.benchmarks.kind.Workload;
import kvm4j.linux.EventFd;

/** A signal to the eventfd of {@code KVM_IRQFD}, and the OUT of the guest's handler. */
final class IrqfdOperation implements Operation {

    private final EventFd trigger = EventFd.create();
    private final LoopGuest guest;

    IrqfdOperation(Workload.Irqfd workload) {
        guest = new LoopGuest(workload);
        guest.interruptBy(trigger);
        guest.runToOut();
    }

    @Override
    public void once() {
        trigger.signal();
        guest.runToOut();
    }

    @Override
    public void close() {
        guest.close();
        trigger.close();
    }
}
