/**
 * The interrupt controllers and the interval timer that a VM has in the kernel, and the routes that
 * interrupts take. {@link kvm4j.kvm.Vm#irqchip()} and {@link kvm4j.kvm.Vm#pit()} are the way in.
 */
package kvm4j.kvm.irq;
