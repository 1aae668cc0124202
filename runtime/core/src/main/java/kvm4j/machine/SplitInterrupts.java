package kvm4j.machine;

import kvm4j.device.InterruptLine;
import kvm4j.device.IoApic;
import kvm4j.device.MmioBus;
import kvm4j.kvm.Vm;
import kvm4j.kvm.irq.IrqRoute;
import kvm4j.kvm.irq.Irqchip;
import kvm4j.x86.Msi;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Local APICs in the kernel and an I/O APIC here: {@link IrqchipMode#SPLIT}. The kernel knows where
 * each line goes, too: for events that raise interrupts without us, and to tell us of the end of a
 * level-triggered one.
 */
final class SplitInterrupts implements InterruptWiring, IoApic.LocalApics {

    private final Irqchip irqchip;
    private final Consumer<Msi> messages;
    private final IoApic ioApic;
    private final Map<Integer, IrqRoute> routes = new TreeMap<>();

    /**
     * Makes the kernel create local APICs with the vCPUs to come, and connects the I/O APIC.
     *
     * @param messages the way for what the I/O APIC sends to the local APICs
     */
    SplitInterrupts(Vm vm, int ioApicId, MmioBus mmio, Consumer<Msi> messages) {
        this.irqchip = vm.irqchip();
        this.messages = messages;
        this.ioApic = new IoApic(ioApicId, this);
        irqchip.createSplit(IoApic.PINS);
        mmio.attach(IoApic.ADDRESS, IoApic.SIZE, ioApic);
    }

    @Override
    public InterruptLine line(int gsi) {
        return ioApic.line(gsi);
    }

    /** {@inheritDoc} Those of the I/O APIC here are routes. */
    @Override
    public boolean hasUnmaskableLine() {
        return false;
    }

    @Override
    public void endOfInterrupt(int vector) {
        ioApic.endOfInterrupt(vector);
    }

    @Override
    public void send(long address, int data) {
        messages.accept(new Msi(address, data));
    }

    @Override
    public void redirected(int pin, boolean masked, long address, int data) {
        IrqRoute route = new IrqRoute.ToMsi(pin, new Msi(address, data));
        IrqRoute old = masked ? routes.remove(pin) : routes.put(pin, route);
        if (masked ? old != null : !route.equals(old)) {
            irqchip.setRoutes(List.copyOf(routes.values()));
        }
    }
}
