package kvm4j.machine;

import kvm4j.device.InterruptLine;
import kvm4j.kvm.Vm;
import kvm4j.kvm.irq.IrqRoute;
import kvm4j.kvm.irq.Irqchip;

/** All interrupt controllers in the kernel: {@link IrqchipMode#KERNEL}. */
final class KernelInterrupts implements InterruptWiring {

    private final Irqchip irqchip;

    /**
     * Creates the controllers and the timer, before the first vCPU.
     *
     * @param ioApicId how the I/O APIC is called by the tables, which firmware would have told it
     */
    KernelInterrupts(Vm vm, int ioApicId) {
        this.irqchip = vm.irqchip();
        irqchip.create();
        irqchip.setIoApic(irqchip.ioApic().withId(ioApicId));
        irqchip.setRoutes(IrqRoute.pc());
        vm.pit().createWithSpeaker();
    }

    @Override
    public InterruptLine line(int gsi) {
        return irqchip.line(gsi)::setLevel;
    }

    @Override
    public boolean hasUnmaskableLine() {
        return irqchip.ioApic().hasUnmaskableLine();
    }

    @Override
    public void endOfInterrupt(int vector) {
        throw new IllegalStateException("the I/O APIC is the kernel's");
    }
}
