package kvm4j.x86;

import java.util.Optional;

/**
 * All that a virtual machine is beside its memory and its processors, as far as it is in the
 * kernel. Interrupt routes, filters and capabilities are not of it: who made them knows them.
 *
 * @param controllers the interrupt controllers; empty where they are not in the kernel
 * @param timer the interval timer; empty where it is not in the kernel
 * @param clock the paravirtual clock, with the real time and the host's TSC at that moment where
 *     these are known
 */
public record VmState(
        Optional<Controllers> controllers, Optional<PitState> timer, ClockData clock) {

    /**
     * The interrupt controllers of a PC.
     *
     * @param master the 8259A with lines 0 to 7
     * @param slave the 8259A with lines 8 to 15
     * @param ioApic the I/O APIC
     */
    public record Controllers(PicState master, PicState slave, IoApicState ioApic) {}
}
