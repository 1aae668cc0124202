package kvm4j.machine;

import kvm4j.kvm.Vcpu;
import kvm4j.kvm.irq.Irqchip;
import kvm4j.snapshot.MachineState;
import kvm4j.x86.Msi;

import java.util.Optional;

/**
 * Sees what happens to one machine: its life, the kicks of its vCPUs, the interrupts that its
 * devices raise, and if it likes its {@linkplain #exits exits}. Each machine has its own, which
 * {@link MachineBuilder#machineObserver} makes.
 *
 * <p>Which thread calls is said at each method; several may at once. No observer can keep a machine
 * from its end: a vCPU's thread that does not come back is interrupted and left behind, as with a
 * device, and the end is told to the observer on a thread that the machine waits for only as long
 * as it has {@linkplain Machine#LONGEST_END time}. What a method throws ends the machine with an
 * {@link Outcome.HostError}; what {@link #ended} throws is logged.
 *
 * <p>A machine that nobody observes pays nothing for any of this.
 */
public interface MachineObserver {

    /**
     * Who sees the machine's exits. Asked once, when the machine is built: a machine where nobody
     * does has an exit loop that knows of no observers.
     *
     * @param processors how many vCPUs the machine has, numbered from 0
     * @return the observer; without this method none
     */
    default Optional<ExitObserver> exits(int processors) {
        return Optional.empty();
    }

    /**
     * The machine has all its parts; a fork gets its state next, and then it waits to be started.
     * Called on the thread that builds it; what this throws, {@link MachineBuilder#build()} throws.
     *
     * @param hardware what it is made of
     * @param processors how many vCPUs it has
     */
    default void built(MachineState.Hardware hardware, int processors) {}

    /**
     * The machine has been started. Called on the thread of vCPU 0, before that enters the guest.
     * Not called for a machine that was stopped before.
     */
    default void started() {}

    /**
     * A vCPU has been taken out of the guest, because somebody asked. Called on its own thread,
     * which goes on with what it was asked for afterwards.
     *
     * @param vcpu the vCPU, out of the guest
     * @param kick who asked, and how long it took
     */
    default void kicked(Vcpu vcpu, Kick kick) {}

    /**
     * A device has set the level that it has an interrupt line at, whether or not that changes it;
     * the line is high as long as one of the devices on it has it high. Called on the device's
     * thread: a vCPU's, the one of all timers, or one of the device's own, perhaps with the
     * device's locks held. Lines that the kernel raises by itself, through {@link
     * Board#interruptEvent} or for its own devices, are not seen.
     *
     * @param gsi the line
     * @param high the device's level
     */
    default void lineSet(int gsi, boolean high) {}

    /**
     * A message-signalled interrupt was sent, by a device or by the I/O APIC of {@link
     * IrqchipMode#SPLIT}. Called on the sender's thread, as {@link #lineSet}.
     *
     * @param message the message
     * @param delivery what became of it
     */
    default void messageSent(Msi message, Irqchip.Delivery delivery) {}

    /**
     * The machine has ended, and {@link Machine#await()} returns when this does. Called once, on a
     * thread that is no machine's.
     *
     * @param outcome how
     */
    default void ended(Outcome outcome) {}
}
