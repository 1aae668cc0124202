package kvm4j.kvm.irq;

import kvm4j.linux.Attachment;
import kvm4j.linux.EventFd;
import kvm4j.linux.FileDescriptor;
import kvm4j.x86.Msi;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * An interrupt number (GSI) of somebody's own, of {@link Irqchip#allocate()}: each vector of a
 * device's MSI-X table has one, so that an eventfd can raise it. Any thread may use it.
 *
 * <p>A change of routes takes effect for all interrupts before it returns; the kernel lets every
 * processor pass a point where it looks at none, so that it costs microseconds to milliseconds.
 *
 * {@snippet :
 * AllocatedGsi vector = vm.irqchip().allocate();
 * vector.routeTo(Msi.fixed(0, 0x41));
 * vector.attach(event);
 * event.signal();
 * }
 */
public final class AllocatedGsi implements AutoCloseable {

    private final Irqchip irqchip;
    private final FileDescriptor vm;
    private final RouteTable routes;
    private final int number;
    private final Set<EventFd> triggers = new HashSet<>();
    private boolean freed;

    AllocatedGsi(Irqchip irqchip, FileDescriptor vm, RouteTable routes, int number) {
        this.irqchip = irqchip;
        this.vm = vm;
        this.routes = routes;
        this.number = number;
    }

    /**
     * The number.
     *
     * @return at least 24, below the answer of {@link kvm4j.kvm.Capability#IRQ_ROUTING}
     */
    public int number() {
        return number;
    }

    /**
     * Sends it to a local APIC as a message from now on, in place of where it went: {@code
     * KVM_SET_GSI_ROUTING}. Edge-triggered.
     *
     * @param message the message
     * @throws kvm4j.linux.LinuxException if the kernel refuses; it goes where it went then
     * @throws IllegalStateException if it is freed, or the VM is closed
     */
    public void routeTo(Msi message) {
        route(Optional.of(new IrqRoute.ToMsi(number, message)));
    }

    /**
     * Sends it to a line of a controller in the kernel from now on, in place of where it went:
     * {@code KVM_SET_GSI_ROUTING}. The kernel keeps one level of the line for all interrupts that
     * lead there and are driven from user space, and one for all that resampled eventfds raise: who
     * lowers it lowers it for those. The one whose route was set last alone is told of an
     * acknowledgement: for a {@link #attach(EventFd, EventFd) level-triggered} one a line should be
     * its own.
     *
     * @param chip the controller
     * @param pin its line
     * @throws kvm4j.linux.LinuxException {@code EINVAL} if there is no such line; it goes where it
     *     went then
     * @throws IllegalStateException if it is freed, or the VM is closed
     */
    public void routeTo(Irqchip.Chip chip, int pin) {
        route(Optional.of(new IrqRoute.ToChip(number, chip, pin)));
    }

    /**
     * Sends it nowhere from now on. What is raised meanwhile is lost.
     *
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if it is freed, or the VM is closed
     */
    public void mask() {
        route(Optional.empty());
    }

    private synchronized void route(Optional<IrqRoute> route) {
        requireAllocated();
        routes.route(number, route);
    }

    /**
     * Raises it whenever an eventfd is signalled: {@link Irqchip#attach(EventFd, int)}.
     *
     * @param trigger what raises it
     * @return what ends it, as freeing the interrupt does
     * @throws kvm4j.linux.LinuxException {@code EBUSY} if the eventfd raises this one already
     * @throws IllegalStateException if it is freed, or the VM or the eventfd is closed
     */
    public synchronized Attachment attach(EventFd trigger) {
        requireAllocated();
        note(trigger);
        return irqchip.attach(trigger, number);
    }

    /**
     * Raises it as a level-triggered one when an eventfd is signalled, until the guest acknowledges
     * it: {@link Irqchip#attach(EventFd, EventFd, int)}, a resampled irqfd. Needs all controllers
     * in the kernel, and a route to one.
     *
     * @param trigger what raises it
     * @param acknowledged is signalled at the guest's end of interrupt
     * @return what ends it, as freeing the interrupt does
     * @throws kvm4j.linux.LinuxException {@code EBUSY} if the eventfd raises this one already,
     *     {@code EINVAL} if not all controllers are in the kernel
     * @throws IllegalStateException if it is freed, or the VM or an eventfd is closed
     */
    public synchronized Attachment attach(EventFd trigger, EventFd acknowledged) {
        requireAllocated();
        note(trigger);
        return irqchip.attach(trigger, acknowledged, number);
    }

    /** One that is detached stays noted, as to detach it again does no harm. */
    private void note(EventFd trigger) {
        triggers.removeIf(EventFd::isClosed);
        triggers.add(trigger);
    }

    private void requireAllocated() {
        if (freed) {
            throw new IllegalStateException("interrupt " + number + " is freed");
        }
    }

    /**
     * Frees the number: detaches what raises it, takes its route away, and lets others have it.
     * Does nothing the second time.
     *
     * @throws kvm4j.linux.LinuxException if the kernel refuses; the number stays taken then
     */
    @Override
    public synchronized void close() {
        if (freed) {
            return;
        }
        if (!vm.isClosed()) {
            triggers.forEach(trigger -> irqchip.detach(trigger, number));
            routes.route(number, Optional.empty());
        }
        routes.free(number);
        freed = true;
    }

    @Override
    public String toString() {
        return "GSI " + number;
    }
}
