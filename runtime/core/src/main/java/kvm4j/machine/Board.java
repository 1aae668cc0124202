package kvm4j.machine;

import kvm4j.device.InterruptLine;
import kvm4j.device.MmioBus;
import kvm4j.device.PortBus;
import kvm4j.device.Timers;
import kvm4j.kvm.Doorbell;
import kvm4j.kvm.irq.AllocatedGsi;
import kvm4j.kvm.irq.Irqchip;
import kvm4j.linux.EventFd;
import kvm4j.memory.GuestMemory;
import kvm4j.x86.Msi;

import java.io.OutputStream;

/** What a {@link Peripheral} is connected to. */
public interface Board {

    /** {@return the ports that the guest reaches with IN and OUT; those of KVM are withheld} */
    PortBus ports();

    /** {@return the guest-physical addresses where no RAM is; those of KVM are withheld} */
    MmioBus mmio();

    /** {@return the guest's memory, for peripherals that read and write it by themselves} */
    GuestMemory memory();

    /** {@return how many processors the machine has} */
    int processors();

    /**
     * The way to the interrupt controllers, for peripherals that know when an interrupt's reason is
     * gone. Any thread may use it.
     *
     * @param gsi the interrupt: 0 to 15 are those of the ISA bus, 16 to 19 those of the PCI bus's
     *     pins, and 20 to 23, on a {@link MachineBuilder#pc()}, those that the HPET may choose
     * @return the line for one who drives it, to be asked for once: each line that is returned has
     *     a level of its own, and the interrupt's is high as long as one of them is; one that ends
     *     nowhere if the machine has no interrupt controllers
     * @throws IllegalArgumentException if there is no such interrupt
     */
    InterruptLine interrupt(int gsi);

    /**
     * What wakes peripherals at their times: they expire on a thread that all machines share, and
     * not after the machine's end.
     *
     * @return the way to timers
     */
    Timers timers();

    /**
     * An event that raises an edge-triggered interrupt when it is signalled, from any thread or
     * process and without a system call on KVM: {@code KVM_IRQFD}. With all interrupt controllers
     * in the kernel it leaves the line low, also where a peripheral has it high: it shares none
     * with a level-triggered interrupt.
     *
     * @param gsi the interrupt, as for {@link #interrupt}
     * @return the event, which the machine closes
     * @throws IllegalArgumentException if there is no such interrupt
     * @throws IllegalStateException if the machine has no interrupt controllers
     */
    EventFd interruptEvent(int gsi);

    /**
     * An interrupt of the peripheral's own, beyond the lines: one that it routes to a message, as
     * MSI and MSI-X want, moves, masks, and attaches events to, resampled ones too. What is still
     * allocated when the machine is closed is gone with it.
     *
     * @return the interrupt, which goes nowhere yet; to be closed when it is not needed any more
     * @throws IllegalStateException if the machine has no interrupt controllers, or no more
     *     interrupts
     */
    AllocatedGsi allocateInterrupt();

    /**
     * An event that is attached to nothing yet, for an {@linkplain #allocateInterrupt() interrupt
     * of the peripheral's own}.
     *
     * @return the event, which the machine closes
     */
    EventFd event();

    /**
     * Sends a message-signalled interrupt, past the lines: {@code KVM_SIGNAL_MSI}. Any thread may.
     *
     * @param message which processor's local APIC gets it, and which vector
     * @return what became of it
     * @throws IllegalStateException if the machine has no interrupt controllers
     */
    Irqchip.Delivery signal(Msi message);

    /**
     * An event that a write of the guest signals, while the processor that made it goes on at once:
     * {@code KVM_IOEVENTFD}. The write reaches no device.
     *
     * @param doorbell which write
     * @return the event, which the machine closes
     * @throws kvm4j.linux.LinuxException {@code EEXIST} if another doorbell is there
     */
    EventFd doorbell(Doorbell doorbell);

    /**
     * Lets writes to ports wait in the kernel until the next exit of any processor, when the device
     * there gets all in order: {@code KVM_REGISTER_COALESCED_MMIO}. For writes that nobody waits
     * for. A host that cannot makes an exit of each, as without.
     *
     * @param port the first port
     * @param count how many
     */
    void coalescePorts(int port, int count);

    /**
     * Lets writes to guest-physical addresses wait in the kernel until the next exit of any
     * processor, when the device there gets all in order: {@code KVM_REGISTER_COALESCED_MMIO}.
     *
     * @param address the first guest-physical address
     * @param size how many bytes
     */
    void coalesceMmio(long address, int size);

    /**
     * A way for text, or whatever else the guest sends, to a stream that may block: what is written
     * to it waits in a queue that a thread of the machine empties, and no vCPU's thread ever waits
     * for the stream. It is delivered within some 10 ms, at once when flushed, and at the machine's
     * end. If the stream fails, the machine ends with an {@link Outcome.HostError} that has the
     * name. While the stream takes less than the guest sends, the guest is held.
     *
     * @param name what messages call the stream, such as {@code standard output}
     * @param sink the stream, which the machine does not close
     * @return what a device writes to; its methods never block and never throw
     */
    OutputStream output(String name, OutputStream sink);

    /**
     * Ends the machine, unless it has ended already. Any thread may. A processor on whose own
     * thread this is called executes no further instruction of the guest; the others leave it soon.
     *
     * @param outcome how it ended
     */
    void end(Outcome outcome);
}
