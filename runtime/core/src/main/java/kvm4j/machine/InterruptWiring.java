package kvm4j.machine;

import kvm4j.device.InterruptLine;
import kvm4j.kvm.Irqchip;
import kvm4j.kvm.Msi;
import kvm4j.linux.EventFd;

/** How interrupts of devices reach the processors. */
interface InterruptWiring {

    /** How many interrupts devices can have, counted from 0. */
    int INTERRUPTS = 24;

    /** The way to the interrupt controllers. */
    InterruptLine line(int gsi);

    /** Lets an event raise an interrupt, until the event is closed. */
    void attach(EventFd trigger, int gsi);

    /** Sends a message to a local APIC. */
    Irqchip.Delivery signal(Msi message);

    /** A processor acknowledged a level-triggered interrupt of an I/O APIC in user space. */
    void endOfInterrupt(int vector);
}
