package kvm4j.kvm.irq;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_enable_cap;
import kvm4j.bindings.kvm.kvm_irq_level;
import kvm4j.bindings.kvm.kvm_irqchip;
import kvm4j.bindings.kvm.kvm_irqfd;
import kvm4j.bindings.kvm.kvm_msi;
import kvm4j.linux.Attachment;
import kvm4j.linux.EventFd;
import kvm4j.linux.FileDescriptor;
import kvm4j.linux.Ioctl;
import kvm4j.x86.IoApicState;
import kvm4j.x86.Msi;
import kvm4j.x86.PicState;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The interrupt controllers of a VM that live in the kernel, and the ways to raise an interrupt
 * through them. Any thread may use it.
 *
 * <p>A VM has none until {@link #create()} (PICs, I/O APIC and a local APIC for each processor) or
 * {@link #createSplit} (local APICs alone), either before the first vCPU. Without, user space
 * injects by {@link kvm4j.kvm.VcpuInterrupts#inject}, and HLT is an exit.
 */
public final class Irqchip {

    private static final Ioctl CREATE_IRQCHIP =
            new Ioctl("KVM_CREATE_IRQCHIP", KvmUapi.KVM_CREATE_IRQCHIP());
    private static final Ioctl ENABLE_CAP = new Ioctl("KVM_ENABLE_CAP", KvmUapi.KVM_ENABLE_CAP());
    private static final Ioctl GET_IRQCHIP =
            new Ioctl("KVM_GET_IRQCHIP", KvmUapi.KVM_GET_IRQCHIP());
    private static final Ioctl SET_IRQCHIP =
            new Ioctl("KVM_SET_IRQCHIP", KvmUapi.KVM_SET_IRQCHIP());
    private static final Ioctl IRQ_LINE_STATUS =
            new Ioctl("KVM_IRQ_LINE_STATUS", KvmUapi.KVM_IRQ_LINE_STATUS());
    private static final Ioctl IRQFD = new Ioctl("KVM_IRQFD", KvmUapi.KVM_IRQFD());
    private static final Ioctl SIGNAL_MSI = new Ioctl("KVM_SIGNAL_MSI", KvmUapi.KVM_SIGNAL_MSI());

    /** What {@code KVM_SIGNAL_MSI} answers where no local APIC takes the message: -1, no error. */
    private static final int NOBODY = -1;

    /** The controllers that a route can lead to. */
    public enum Chip {
        /** The 8259A with lines 0 to 7. */
        PIC_MASTER(KvmUapi.KVM_IRQCHIP_PIC_MASTER()),
        /** The 8259A with lines 8 to 15. */
        PIC_SLAVE(KvmUapi.KVM_IRQCHIP_PIC_SLAVE()),
        /** The I/O APIC. */
        IO_APIC(KvmUapi.KVM_IRQCHIP_IOAPIC());

        private final int id;

        Chip(int id) {
            this.id = id;
        }

        /** The number in {@code struct kvm_irq_routing_irqchip}. */
        int id() {
            return id;
        }
    }

    /** What became of an interrupt. */
    public enum Delivery {
        /** Nobody will see it: it is masked, or goes nowhere. */
        IGNORED,
        /** It became one with an earlier one that is still pending. */
        COALESCED,
        /** It is on its way. */
        DELIVERED;

        private static Delivery of(int result) {
            return result < 0 ? IGNORED : result == 0 ? COALESCED : DELIVERED;
        }
    }

    private final FileDescriptor vm;
    private final RouteTable routes;

    /**
     * The controllers of a VM; {@link kvm4j.kvm.Vm#irqchip()} hands them out.
     *
     * @param vm the VM
     */
    public Irqchip(FileDescriptor vm) {
        this.vm = vm;
        this.routes = new RouteTable(vm);
    }

    /**
     * Creates two PICs and an I/O APIC, and a local APIC for each processor that is created from
     * now on: {@code KVM_CREATE_IRQCHIP}.
     *
     * @throws kvm4j.linux.LinuxException {@code EEXIST} if they are there, {@code EINVAL} if there
     *     are vCPUs
     * @throws IllegalStateException if the VM is closed
     */
    public void create() {
        vm.ioctl(CREATE_IRQCHIP, 0);
        routes.created(IrqRoute.standard());
    }

    /**
     * Gives each processor that is created from now on a local APIC; PICs and I/O APIC are for user
     * space: {@code KVM_ENABLE_CAP} of {@code KVM_CAP_SPLIT_IRQCHIP}.
     *
     * @param pins how many lines the I/O APIC in user space has; each can be a route to a message
     * @throws kvm4j.linux.LinuxException {@code EEXIST} if there are controllers, {@code EINVAL} if
     *     there are vCPUs
     * @throws IllegalStateException if the VM is closed
     */
    public void createSplit(int pins) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment capability = arena.allocate(kvm_enable_cap.layout());
            kvm_enable_cap.cap(capability, KvmUapi.KVM_CAP_SPLIT_IRQCHIP());
            kvm_enable_cap.args(capability, 0, pins);
            vm.ioctl(ENABLE_CAP, capability);
            routes.reserve(pins);
        }
    }

    /**
     * Sets the level of a line: {@code KVM_IRQ_LINE}. A level-triggered interrupt stays raised
     * until the line is low again; an edge-triggered one happens when it gets high. The kernel
     * keeps one level for all of user space: who shares a line ORs the levels of all. {@link #line}
     * has a way that allocates nothing.
     *
     * @param gsi the line
     * @param high its level
     * @throws kvm4j.linux.LinuxException {@code ENXIO} if there are no controllers
     * @throws IllegalStateException if the VM is closed
     */
    public void setLine(int gsi, boolean high) {
        line(gsi).setLevel(high);
    }

    /**
     * A line, to be set again and again.
     *
     * @param gsi the line
     * @return the line, good for all the VM's life
     */
    public IrqLine line(int gsi) {
        return new IrqLine(vm, gsi);
    }

    /**
     * Sets a line high and asks what came of it: {@code KVM_IRQ_LINE_STATUS}. For timers that make
     * up for lost ticks.
     *
     * @param gsi the line
     * @return what became of the interrupt
     * @throws kvm4j.linux.LinuxException {@code ENXIO} if there are no controllers
     * @throws IllegalStateException if the VM is closed
     */
    public Delivery raise(int gsi) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment line = IrqLine.level(arena, gsi, true);
            vm.ioctl(IRQ_LINE_STATUS, line);
            return Delivery.of(kvm_irq_level.status(line));
        }
    }

    /**
     * Sends a message-signalled interrupt: {@code KVM_SIGNAL_MSI}.
     *
     * @param message the message
     * @return what became of it
     * @throws kvm4j.linux.LinuxException if there are no local APICs in the kernel
     * @throws IllegalStateException if the VM is closed
     */
    public Delivery signal(Msi message) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment msi = arena.allocate(kvm_msi.layout());
            kvm_msi.address_lo(msi, (int) message.address());
            kvm_msi.address_hi(msi, (int) (message.address() >>> Integer.SIZE));
            kvm_msi.data(msi, message.data());
            int result = vm.tryIoctl(SIGNAL_MSI, msi);
            if (result < 0 && result != NOBODY) {
                throw SIGNAL_MSI.failed(0, -result);
            }
            return Delivery.of(result);
        }
    }

    /**
     * Replaces all routes but those of {@linkplain #allocate() allocated} interrupts: {@code
     * KVM_SET_GSI_ROUTING}; {@link IrqRoute#standard()} is what there is after {@link #create()}.
     *
     * @param newRoutes where interrupts go from now on; those that have none go nowhere
     * @throws kvm4j.linux.LinuxException {@code EINVAL} for routes that cannot be
     * @throws IllegalArgumentException if one is of an interrupt that is allocated
     * @throws IllegalStateException if the VM is closed
     */
    public void setRoutes(List<IrqRoute> newRoutes) {
        routes.replace(newRoutes);
    }

    /**
     * Where interrupts go.
     *
     * @return all routes, those of allocated interrupts last; the kernel cannot be asked for them
     */
    public List<IrqRoute> routes() {
        return routes.all();
    }

    /**
     * Takes an interrupt number that is free: none of the 24 that have lines, of the I/O APIC in
     * user space, or of {@link #setRoutes}. It goes nowhere yet. Needs {@link
     * kvm4j.kvm.Capability#IRQ_ROUTING}.
     *
     * @return the interrupt, to be closed to free the number
     * @throws IllegalStateException if none is free, or the VM is closed
     */
    public AllocatedGsi allocate() {
        return new AllocatedGsi(this, vm, routes, routes.allocate());
    }

    /**
     * Raises an edge-triggered interrupt whenever an eventfd is signalled, without a thread of
     * ours: {@code KVM_IRQFD}. A line of a controller in the kernel is low afterwards, also where
     * {@link #setLine} had it high.
     *
     * @param trigger what raises it; may be closed, which ends it
     * @param gsi the interrupt
     * @return what ends it
     * @throws kvm4j.linux.LinuxException {@code EBUSY} if the eventfd raises this one already
     * @throws IllegalStateException if the VM or the eventfd is closed
     */
    public Attachment attach(EventFd trigger, int gsi) {
        irqfd(trigger, gsi, 0, 0);
        return attachment(trigger, gsi);
    }

    /**
     * Raises a level-triggered interrupt when an eventfd is signalled, and lowers it when the guest
     * acknowledges it: {@code KVM_IRQFD} with {@code KVM_IRQFD_FLAG_RESAMPLE}.
     *
     * @param trigger what raises it
     * @param acknowledged is signalled at the guest's end of interrupt, so that the device can
     *     raise it once more if it still has to
     * @param gsi the interrupt
     * @return what ends it
     * @throws kvm4j.linux.LinuxException {@code EBUSY} if the eventfd raises this one already
     * @throws IllegalStateException if the VM or an eventfd is closed
     */
    public Attachment attach(EventFd trigger, EventFd acknowledged, int gsi) {
        acknowledged.during(
                resample -> irqfd(trigger, gsi, KvmUapi.KVM_IRQFD_FLAG_RESAMPLE(), resample));
        return attachment(trigger, gsi);
    }

    private Attachment attachment(EventFd trigger, int gsi) {
        return new Attachment(vm, () -> detach(trigger, gsi));
    }

    /** Ends what an eventfd raises, if it does; one that is closed raises nothing. */
    void detach(EventFd trigger, int gsi) {
        try {
            irqfd(trigger, gsi, KvmUapi.KVM_IRQFD_FLAG_DEASSIGN(), 0);
        } catch (IllegalStateException closed) {
            if (!trigger.isClosed()) {
                throw closed;
            }
        }
    }

    private int irqfd(EventFd trigger, int gsi, int flags, int acknowledged) {
        return trigger.during(number -> irqfd(number, gsi, flags, acknowledged));
    }

    private int irqfd(int trigger, int gsi, int flags, int acknowledged) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment irqfd = arena.allocate(kvm_irqfd.layout());
            kvm_irqfd.fd(irqfd, trigger);
            kvm_irqfd.gsi(irqfd, gsi);
            kvm_irqfd.flags(irqfd, flags);
            kvm_irqfd.resamplefd(irqfd, acknowledged);
            return vm.ioctl(IRQFD, irqfd);
        }
    }

    /**
     * The state of a PIC: {@code KVM_GET_IRQCHIP}.
     *
     * @param chip {@link Chip#PIC_MASTER} or {@link Chip#PIC_SLAVE}
     * @return its registers
     * @throws IllegalArgumentException for another chip
     * @throws kvm4j.linux.LinuxException {@code ENXIO} if there is none in the kernel
     * @throws IllegalStateException if the VM is closed
     */
    public PicState pic(Chip chip) {
        requirePic(chip);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = state(arena, chip);
            vm.ioctl(GET_IRQCHIP, state);
            return PicCodec.load(kvm_irqchip.chip.pic(kvm_irqchip.chip(state)));
        }
    }

    /**
     * Sets the state of a PIC: {@code KVM_SET_IRQCHIP}.
     *
     * @param chip {@link Chip#PIC_MASTER} or {@link Chip#PIC_SLAVE}
     * @param registers its registers
     * @throws IllegalArgumentException for another chip
     * @throws kvm4j.linux.LinuxException {@code ENXIO} if there is none in the kernel
     * @throws IllegalStateException if the VM is closed
     */
    public void setPic(Chip chip, PicState registers) {
        requirePic(chip);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = state(arena, chip);
            PicCodec.store(registers, kvm_irqchip.chip.pic(kvm_irqchip.chip(state)));
            vm.ioctl(SET_IRQCHIP, state);
        }
    }

    private static void requirePic(Chip chip) {
        if (chip == Chip.IO_APIC) {
            throw new IllegalArgumentException("the I/O APIC is no PIC");
        }
    }

    /**
     * The state of the I/O APIC: {@code KVM_GET_IRQCHIP}.
     *
     * @return its registers
     * @throws kvm4j.linux.LinuxException {@code ENXIO} if there is none in the kernel
     * @throws IllegalStateException if the VM is closed
     */
    public IoApicState ioApic() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = state(arena, Chip.IO_APIC);
            vm.ioctl(GET_IRQCHIP, state);
            return IoApicCodec.load(kvm_irqchip.chip.ioapic(kvm_irqchip.chip(state)));
        }
    }

    /**
     * Sets the state of the I/O APIC: {@code KVM_SET_IRQCHIP}.
     *
     * @param registers its registers
     * @throws kvm4j.linux.LinuxException {@code ENXIO} if there is none in the kernel
     * @throws IllegalStateException if the VM is closed
     */
    public void setIoApic(IoApicState registers) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = state(arena, Chip.IO_APIC);
            IoApicCodec.store(registers, kvm_irqchip.chip.ioapic(kvm_irqchip.chip(state)));
            vm.ioctl(SET_IRQCHIP, state);
        }
    }

    private static MemorySegment state(Arena arena, Chip chip) {
        MemorySegment state = arena.allocate(kvm_irqchip.layout());
        kvm_irqchip.chip_id(state, chip.id);
        return state;
    }
}
