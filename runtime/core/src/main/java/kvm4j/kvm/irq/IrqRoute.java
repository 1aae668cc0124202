package kvm4j.kvm.irq;

import kvm4j.x86.IoApicState;
import kvm4j.x86.Msi;

import java.util.ArrayList;
import java.util.List;

/**
 * Where a global system interrupt (GSI) goes: {@code struct kvm_irq_routing_entry}. A GSI may have
 * several routes, one to each chip.
 */
public sealed interface IrqRoute {

    /** The 8254 timer's interrupt. */
    int TIMER = 0;

    /** The PIC's line that the other PIC is connected to. */
    int CASCADE = 2;

    /**
     * The interrupt that is routed.
     *
     * @return its number, from 0 to the answer of {@link kvm4j.kvm.Capability#IRQ_ROUTING} - 1
     */
    int gsi();

    /**
     * To a line of an interrupt controller in the kernel.
     *
     * @param gsi the interrupt
     * @param chip the controller
     * @param pin its line
     */
    record ToChip(int gsi, Irqchip.Chip chip, int pin) implements IrqRoute {}

    /**
     * To a local APIC, as a message.
     *
     * @param gsi the interrupt
     * @param message the message
     */
    record ToMsi(int gsi, Msi message) implements IrqRoute {}

    /**
     * To a synthetic interrupt source of Hyper-V.
     *
     * @param gsi the interrupt
     * @param vcpu the virtual processor
     * @param source the synthetic interrupt source
     */
    record ToSyntheticSource(int gsi, int vcpu, int source) implements IrqRoute {}

    /**
     * What {@link Irqchip#create()} begins with: GSI 0 to 15 to the PICs and the I/O APIC, 16 to 23
     * to the I/O APIC alone. GSI 0 and 2 both are what the I/O APIC's line of the same number gets.
     *
     * @return the routes
     */
    static List<IrqRoute> standard() {
        List<IrqRoute> routes = new ArrayList<>();
        for (int gsi = 0; gsi < IoApicState.PINS; gsi++) {
            if (gsi < 8) {
                routes.add(new ToChip(gsi, Irqchip.Chip.PIC_MASTER, gsi));
            } else if (gsi < 16) {
                routes.add(new ToChip(gsi, Irqchip.Chip.PIC_SLAVE, gsi - 8));
            }
            routes.add(new ToChip(gsi, Irqchip.Chip.IO_APIC, gsi));
        }
        return List.copyOf(routes);
    }

    /**
     * The routes of a PC: as {@link #standard()}, but the timer of GSI 0 is what the I/O APIC's
     * line 2 gets, and GSI 2, which joins the PICs, goes nowhere (ACPI 6.5, section 5.2.12.5: the
     * usual interrupt source override).
     *
     * @return the routes
     */
    static List<IrqRoute> pc() {
        List<IrqRoute> routes = new ArrayList<>();
        routes.add(new ToChip(TIMER, Irqchip.Chip.PIC_MASTER, TIMER));
        routes.add(new ToChip(TIMER, Irqchip.Chip.IO_APIC, CASCADE));
        standard().stream()
                .filter(route -> route.gsi() != TIMER && route.gsi() != CASCADE)
                .forEach(routes::add);
        return List.copyOf(routes);
    }
}
