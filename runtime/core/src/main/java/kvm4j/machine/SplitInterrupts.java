package kvm4j.machine;

import kvm4j.device.InterruptLine;
import kvm4j.device.IoApic;
import kvm4j.device.MmioBus;
import kvm4j.kvm.Vm;
import kvm4j.kvm.irq.IrqRoute;
import kvm4j.kvm.irq.Irqchip;
import kvm4j.x86.Msi;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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

    /** What the kernel was told last: each time it waits for all of its readers. */
    private Map<Integer, Msi> routed = Map.of();

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
    public void send(Msi message) {
        messages.accept(message);
    }

    @Override
    public void redirected(Map<Integer, Msi> lines) {
        if (!lines.equals(routed)) {
            List<IrqRoute> routes = new ArrayList<>();
            lines.forEach((gsi, message) -> routes.add(new IrqRoute.ToMsi(gsi, message)));
            irqchip.setRoutes(routes);
            routed = lines;
        }
    }
}
