package kvm4j.machine;

import kvm4j.device.InterruptLine;
import kvm4j.device.MmioBus;
import kvm4j.kvm.Vm;
import kvm4j.kvm.irq.AllocatedGsi;
import kvm4j.kvm.irq.IrqRoute;
import kvm4j.kvm.irq.Irqchip;
import kvm4j.linux.EventFd;
import kvm4j.x86.Msi;

import java.util.Arrays;
import java.util.Objects;

/**
 * The interrupts of a board: lines, each for as many devices as are wired to it, events, messages,
 * and numbers of a peripheral's own.
 */
final class BoardInterrupts {

    private final Irqchip irqchip;
    private final Observation observation;
    private final InterruptWiring wiring;
    private final SharedLine[] lines = new SharedLine[InterruptWiring.INTERRUPTS];

    /**
     * Makes the interrupt controllers of a VM without vCPUs.
     *
     * @param vm the VM
     * @param kind where they are
     * @param mmio the way to those that are not in the kernel
     * @param observation told of interrupts
     */
    BoardInterrupts(Vm vm, MachineKind kind, MmioBus mmio, Observation observation) {
        this.irqchip = vm.irqchip();
        this.observation = observation;
        this.wiring =
                switch (kind.irqchip()) {
                    case NONE -> new NoInterrupts();
                    case KERNEL -> new KernelInterrupts(vm, kind.processors());
                    case SPLIT -> new SplitInterrupts(vm, kind.processors(), mmio, this::send);
                };
    }

    /** {@return how lines reach the processors} */
    InterruptWiring wiring() {
        return wiring;
    }

    /** {@return an interrupt's line for one more device} */
    InterruptLine line(int gsi) {
        requireInterrupt(gsi);
        return wiring instanceof NoInterrupts
                ? wiring.line(gsi)
                : observation.watch(gsi, connected(gsi));
    }

    private synchronized InterruptLine connected(int gsi) {
        if (lines[gsi] == null) {
            lines[gsi] = new SharedLine(wiring.line(gsi));
        }
        return lines[gsi].connect();
    }

    /** Forgets which device has which line high: those that are restored say it again. */
    synchronized void forgetLevels() {
        Arrays.stream(lines).filter(Objects::nonNull).forEach(SharedLine::forgetLevels);
    }

    /** {@return an event that raises an interrupt} */
    EventFd event(int gsi, EventFds events) {
        requireInterrupt(gsi);
        requireControllers();
        EventFd event = events.create();
        irqchip.attach(event, gsi);
        return event;
    }

    /** {@return an interrupt beyond the lines} */
    AllocatedGsi allocate() {
        requireControllers();
        return irqchip.allocate();
    }

    /** Sends a message, past the lines. */
    Irqchip.Delivery signal(Msi message) {
        requireControllers();
        return send(message);
    }

    private Irqchip.Delivery send(Msi message) {
        Irqchip.Delivery delivery = irqchip.signal(message);
        observation.messageSent(message, delivery);
        return delivery;
    }

    /** Whether a line or a message is to reach a processor that has interrupts off. */
    boolean hasUnmaskable() {
        return wiring.hasUnmaskableLine()
                || irqchip.routes().stream()
                        .anyMatch(
                                route ->
                                        route instanceof IrqRoute.ToMsi(int _, Msi message)
                                                && message.isUnmaskable());
    }

    private void requireControllers() {
        if (wiring instanceof NoInterrupts) {
            throw new IllegalStateException("the machine has no interrupt controllers");
        }
    }

    private static void requireInterrupt(int gsi) {
        if (gsi < 0 || gsi >= InterruptWiring.INTERRUPTS) {
            throw new IllegalArgumentException(
                    "there is no interrupt %d: they are 0 to %d"
                            .formatted(gsi, InterruptWiring.INTERRUPTS - 1));
        }
    }
}
