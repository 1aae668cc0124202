package kvm4j.machine;

import kvm4j.device.InterruptLine;

/** How the interrupt lines of devices reach the processors. */
interface InterruptWiring {

    /** How many interrupts devices can have, counted from 0. */
    int INTERRUPTS = 24;

    /** The way to the interrupt controllers. */
    InterruptLine line(int gsi);

    /** Whether a line of the kernel's is to interrupt a processor that has interrupts off. */
    boolean hasUnmaskableLine();

    /** A processor acknowledged a level-triggered interrupt of an I/O APIC in user space. */
    void endOfInterrupt(int vector);
}
