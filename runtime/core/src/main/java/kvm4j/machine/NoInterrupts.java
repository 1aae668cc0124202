package kvm4j.machine;

import kvm4j.device.InterruptLine;
import kvm4j.linux.EventFd;

/** Lines that end nowhere: {@link IrqchipMode#NONE}. */
final class NoInterrupts implements InterruptWiring {

    @Override
    public InterruptLine line(int gsi) {
        return InterruptLine.UNCONNECTED;
    }

    @Override
    public void attach(EventFd trigger, int gsi) {
        throw new IllegalStateException("the machine has no interrupt controllers");
    }

    @Override
    public void endOfInterrupt(int vector) {
        throw new IllegalStateException("the machine has no I/O APIC");
    }
}
