package kvm4j.machine;

import kvm4j.device.InterruptLine;
import kvm4j.kvm.Irqchip;
import kvm4j.kvm.Msi;
import kvm4j.linux.EventFd;

/** Lines that end nowhere: {@link IrqchipMode#NONE}. */
final class NoInterrupts implements InterruptWiring {

    @Override
    public InterruptLine line(int gsi) {
        return InterruptLine.UNCONNECTED;
    }

    @Override
    public void attach(EventFd trigger, int gsi) {
        throw noControllers();
    }

    @Override
    public Irqchip.Delivery signal(Msi message) {
        throw noControllers();
    }

    @Override
    public void endOfInterrupt(int vector) {
        throw noControllers();
    }

    private static IllegalStateException noControllers() {
        return new IllegalStateException("the machine has no interrupt controllers");
    }
}
