package kvm4j.machine;

import kvm4j.device.InterruptLine;

/** Lines that end nowhere: {@link IrqchipMode#NONE}. */
final class NoInterrupts implements InterruptWiring {

    @Override
    public InterruptLine line(int gsi) {
        return InterruptLine.UNCONNECTED;
    }

    @Override
    public boolean hasUnmaskableLine() {
        return false;
    }

    @Override
    public void endOfInterrupt(int vector) {
        throw new IllegalStateException("the machine has no I/O APIC");
    }
}
