package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_clock_data;
import kvm4j.bindings.kvm.kvm_coalesced_mmio_zone;
import kvm4j.bindings.kvm.kvm_memory_attributes;
import kvm4j.kvm.irq.Irqchip;
import kvm4j.kvm.irq.Pit;
import kvm4j.kvm.memory.DirtyLog;
import kvm4j.kvm.memory.DirtyRing;
import kvm4j.kvm.memory.GuestMemoryFile;
import kvm4j.kvm.memory.MemorySlot;
import kvm4j.kvm.memory.MemorySlots;
import kvm4j.kvm.msr.MsrExitReason;
import kvm4j.kvm.msr.MsrFilter;
import kvm4j.linux.Attachment;
import kvm4j.linux.EventFd;
import kvm4j.linux.FileDescriptor;
import kvm4j.linux.InterruptibleDescriptor;
import kvm4j.linux.Ioctl;
import kvm4j.memory.GuestMemory;
import kvm4j.memory.GuestRegion;
import kvm4j.x86.ClockData;
import kvm4j.x86.VmState;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * A virtual machine: memory slots, processors and, if wanted, interrupt controllers in the kernel.
 * Any thread may use it. Closing it first stops and closes its vCPUs.
 */
public final class Vm implements AutoCloseable {

    private static final Ioctl CHECK_EXTENSION =
            new Ioctl("KVM_CHECK_EXTENSION", KvmUapi.KVM_CHECK_EXTENSION());
    private static final Ioctl CREATE_VCPU =
            new Ioctl("KVM_CREATE_VCPU", KvmUapi.KVM_CREATE_VCPU());

    private static final Ioctl SET_MEMORY_ATTRIBUTES =
            new Ioctl("KVM_SET_MEMORY_ATTRIBUTES", KvmUapi.KVM_SET_MEMORY_ATTRIBUTES());
    private static final Ioctl RESET_DIRTY_RINGS =
            new Ioctl("KVM_RESET_DIRTY_RINGS", KvmUapi.KVM_RESET_DIRTY_RINGS());
    private static final Ioctl SET_TSS_ADDR =
            new Ioctl("KVM_SET_TSS_ADDR", KvmUapi.KVM_SET_TSS_ADDR());
    private static final Ioctl SET_IDENTITY_MAP_ADDR =
            new Ioctl("KVM_SET_IDENTITY_MAP_ADDR", KvmUapi.KVM_SET_IDENTITY_MAP_ADDR());
    private static final Ioctl SET_BOOT_CPU_ID =
            new Ioctl("KVM_SET_BOOT_CPU_ID", KvmUapi.KVM_SET_BOOT_CPU_ID());
    private static final Ioctl IOEVENTFD = new Ioctl("KVM_IOEVENTFD", KvmUapi.KVM_IOEVENTFD());
    private static final Ioctl REGISTER_COALESCED_MMIO =
            new Ioctl("KVM_REGISTER_COALESCED_MMIO", KvmUapi.KVM_REGISTER_COALESCED_MMIO());
    private static final Ioctl UNREGISTER_COALESCED_MMIO =
            new Ioctl("KVM_UNREGISTER_COALESCED_MMIO", KvmUapi.KVM_UNREGISTER_COALESCED_MMIO());
    private static final Ioctl GET_CLOCK = new Ioctl("KVM_GET_CLOCK", KvmUapi.KVM_GET_CLOCK());
    private static final Ioctl SET_CLOCK = new Ioctl("KVM_SET_CLOCK", KvmUapi.KVM_SET_CLOCK());
    private static final Ioctl GET_TSC_KHZ =
            new Ioctl("KVM_GET_TSC_KHZ", KvmUapi.KVM_GET_TSC_KHZ());
    private static final Ioctl SET_TSC_KHZ =
            new Ioctl("KVM_SET_TSC_KHZ", KvmUapi.KVM_SET_TSC_KHZ());

    private final FileDescriptor descriptor;
    private final int vcpuMmapSize;
    private final List<Vcpu> vcpus = new ArrayList<>();
    private final MemorySlots slots;
    private final Irqchip irqchip;
    private final Kvm kvm;
    private int dirtyRingSize;
    private volatile boolean owned;
    private StateFeatures stateFeatures;

    Vm(FileDescriptor descriptor, int vcpuMmapSize, Kvm kvm) {
        this.kvm = kvm;
        this.descriptor = descriptor;
        this.vcpuMmapSize = vcpuMmapSize;
        this.slots = new MemorySlots(descriptor);
        this.irqchip = new Irqchip(descriptor);
    }

    /**
     * What this virtual machine can do: {@code KVM_CHECK_EXTENSION} on the VM.
     *
     * @param capability what to ask for
     * @return 0 if it does not have the capability, else 1 or a number that the capability defines
     * @throws IllegalStateException if the VM is closed
     */
    public int check(Capability capability) {
        return check(capability.code());
    }

    /**
     * What this virtual machine can do, by a number that {@link Capability} does not name: {@code
     * KVM_CHECK_EXTENSION} on the VM.
     *
     * @param capability a number of the kernel's {@code KVM_CAP_*}
     * @return 0 if it does not have the capability, else 1 or a number that the capability defines
     * @throws IllegalStateException if the VM is closed
     */
    public int check(int capability) {
        return descriptor.ioctl(CHECK_EXTENSION, capability);
    }

    /**
     * Switches a capability on for this virtual machine: {@code KVM_ENABLE_CAP}.
     *
     * @param capability the capability
     * @param arguments up to 4, as it defines
     * @throws kvm4j.linux.LinuxException {@code EINVAL} if the host does not have it, or if it is
     *     too late for it
     * @throws IllegalArgumentException for more than 4 arguments
     * @throws IllegalStateException if the VM is closed
     */
    public void enable(Capability capability, long... arguments) {
        enable(capability.code(), arguments);
    }

    /**
     * Switches a capability on by its number, for one that {@link Capability} does not name: {@code
     * KVM_ENABLE_CAP}.
     *
     * @param capability a number of the kernel's {@code KVM_CAP_*}
     * @param arguments up to 4, as it defines
     * @throws kvm4j.linux.LinuxException {@code EINVAL} if the host does not have it
     * @throws IllegalArgumentException for more than 4 arguments
     * @throws IllegalStateException if the VM is closed
     */
    public void enable(int capability, long... arguments) {
        try (Arena arena = Arena.ofConfined()) {
            descriptor.ioctl(
                    CapabilitySwitch.ENABLE_CAP,
                    CapabilitySwitch.structure(arena, capability, arguments));
        }
    }

    /**
     * The interrupt controllers in the kernel, and the ways to raise an interrupt.
     *
     * @return what creates and uses them, good for all the VM's life
     */
    public Irqchip irqchip() {
        return irqchip;
    }

    /**
     * The interval timer in the kernel.
     *
     * @return what creates and uses it, good for all the VM's life
     */
    public Pit pit() {
        return new Pit(descriptor);
    }

    /**
     * Makes accesses to MSRs exit that would fault otherwise: {@code KVM_ENABLE_CAP} of {@code
     * KVM_CAP_X86_USER_SPACE_MSR}. The exits are {@link ExitReason#X86_RDMSR} and {@link
     * ExitReason#X86_WRMSR}.
     *
     * @param reasons which accesses; none for an end to it
     * @throws kvm4j.linux.LinuxException {@code EINVAL} if the host cannot
     * @throws IllegalStateException if the VM is closed
     */
    public void exitOnMsr(MsrExitReason... reasons) {
        enable(Capability.X86_USER_SPACE_MSR, MsrExitReason.mask(List.of(reasons)));
    }

    /**
     * Says which MSRs the guest may access: {@code KVM_X86_SET_MSR_FILTER}.
     *
     * @param filter the filter, in place of the one before
     * @throws kvm4j.linux.LinuxException {@code EINVAL} for a filter that cannot be
     * @throws IllegalStateException if the VM is closed
     */
    public void setMsrFilter(MsrFilter filter) {
        filter.applyTo(descriptor);
    }

    /**
     * Gives the guest memory: {@code KVM_SET_USER_MEMORY_REGION} for each region, each in a slot of
     * its own. The memory stays mapped until its slots are removed or this VM is closed.
     *
     * @param memory the memory, of which no region may overlap one that is mapped already
     * @return the slots, in the order of the regions
     * @throws kvm4j.linux.LinuxException if the kernel refuses; {@code EEXIST} where regions
     *     overlap
     * @throws IllegalStateException if the VM or the memory is closed
     */
    public List<MemorySlot> map(GuestMemory memory) {
        return slots.map(memory);
    }

    /**
     * Gives the guest memory as {@link #map} does, and logs from the first on which pages it
     * writes: {@code KVM_SET_USER_MEMORY_REGION} with {@code KVM_MEM_LOG_DIRTY_PAGES}, which {@link
     * MemorySlot#logDirtyPages()} sets in a request of its own.
     *
     * @param memory the memory, of which no region may overlap one that is mapped already
     * @return the logs, in the order of the regions that the guest can write to
     * @throws kvm4j.linux.LinuxException as {@link #map} throws it
     * @throws IllegalStateException if the VM or the memory is closed
     */
    public List<DirtyLog> mapLogged(GuestMemory memory) {
        return slots.mapLogged(memory);
    }

    /**
     * Gives the guest one region of memory with a private side: {@code
     * KVM_SET_USER_MEMORY_REGION2}. Which side the guest sees where: {@link #makePrivate}. Needs
     * {@link Capability#USER_MEMORY2}.
     *
     * @param memory the memory
     * @param region one of its regions: the shared side
     * @param file the private side, which may be closed afterwards
     * @param offset where in the file it begins, in bytes, a multiple of 4096
     * @return the slot, which cannot be moved, nor have a dirty log
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalArgumentException if the region is none of the memory's
     * @throws IllegalStateException if the VM, the memory or the file is closed
     */
    public MemorySlot mapPrivate(
            GuestMemory memory, GuestRegion region, GuestMemoryFile file, long offset) {
        return slots.mapPrivate(memory, region, file, offset);
    }

    /**
     * Creates memory that this process cannot reach: {@code KVM_CREATE_GUEST_MEMFD}. Needs {@link
     * Capability#GUEST_MEMFD}.
     *
     * @param size in bytes, a multiple of 4096
     * @return the file, to be closed by the caller
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if the VM is closed
     */
    public GuestMemoryFile createGuestMemoryFile(long size) {
        return GuestMemoryFile.create(descriptor, size);
    }

    /**
     * Shows the guest the private side of its memory: {@code KVM_SET_MEMORY_ATTRIBUTES}. Needs
     * {@link Capability#MEMORY_ATTRIBUTES}.
     *
     * @param gpa guest-physical address of the first byte, a multiple of 4096
     * @param size in bytes, a multiple of 4096
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if the VM is closed
     */
    public void makePrivate(long gpa, long size) {
        setAttributes(gpa, size, KvmUapi.KVM_MEMORY_ATTRIBUTE_PRIVATE());
    }

    /**
     * Shows the guest the shared side of its memory, as at first: {@code
     * KVM_SET_MEMORY_ATTRIBUTES}. Needs {@link Capability#MEMORY_ATTRIBUTES}.
     *
     * @param gpa guest-physical address of the first byte, a multiple of 4096
     * @param size in bytes, a multiple of 4096
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if the VM is closed
     */
    public void makeShared(long gpa, long size) {
        setAttributes(gpa, size, 0);
    }

    private void setAttributes(long gpa, long size, long attributes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment range = arena.allocate(kvm_memory_attributes.layout());
            kvm_memory_attributes.address(range, gpa);
            kvm_memory_attributes.size(range, size);
            kvm_memory_attributes.attributes(range, attributes);
            descriptor.ioctl(SET_MEMORY_ATTRIBUTES, range);
        }
    }

    /**
     * Gives each vCPU that is created from now on a ring of the pages that it wrote: {@code
     * KVM_ENABLE_CAP} of {@code KVM_CAP_DIRTY_LOG_RING_ACQ_REL} or {@code KVM_CAP_DIRTY_LOG_RING}.
     * The pages are those of slots with {@link MemorySlot#logDirtyPages()}, whose logs then cannot
     * be fetched.
     *
     * @param bytes the size of a ring: a power of two, 16 bytes for each page, at least what the
     *     host keeps in reserve, for which 16384 is enough
     * @throws kvm4j.linux.LinuxException {@code EINVAL} if there are vCPUs or for too small a ring,
     *     {@code E2BIG} for more than the capability answers
     * @throws IllegalStateException if the VM is closed
     */
    public synchronized void createDirtyRings(int bytes) {
        Capability ring =
                check(Capability.DIRTY_LOG_RING_ACQ_REL) > 0
                        ? Capability.DIRTY_LOG_RING_ACQ_REL
                        : Capability.DIRTY_LOG_RING;
        enable(ring, bytes);
        dirtyRingSize = bytes;
    }

    /**
     * Whether {@link #createDirtyRings} was called, after which no log can be fetched.
     *
     * @return whether vCPUs have rings
     */
    public synchronized boolean hasDirtyRings() {
        return dirtyRingSize > 0;
    }

    /**
     * Protects the pages anew that were {@linkplain DirtyRing#collect collected}, and makes room in
     * the rings: {@code KVM_RESET_DIRTY_RINGS}.
     *
     * @return how many pages
     * @throws kvm4j.linux.LinuxException {@code EINVAL} without rings
     * @throws IllegalStateException if the VM is closed
     */
    public int resetDirtyRings() {
        return descriptor.ioctl(RESET_DIRTY_RINGS, 0);
    }

    /**
     * Says where the kernel may put the TSS that VMX needs for real mode: {@code KVM_SET_TSS_ADDR}.
     *
     * @param gpa guest-physical address of three pages below 4 GiB that no slot overlaps
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if the VM is closed
     */
    public void setTaskStateAddress(long gpa) {
        descriptor.ioctl(SET_TSS_ADDR, gpa);
    }

    /**
     * Says where the kernel may put the identity page table that VMX needs for real mode, before
     * the first vCPU: {@code KVM_SET_IDENTITY_MAP_ADDR}.
     *
     * @param gpa guest-physical address of one page below 4 GiB that no slot overlaps
     * @throws kvm4j.linux.LinuxException {@code EINVAL} if there are vCPUs
     * @throws IllegalStateException if the VM is closed
     */
    public void setIdentityMapAddress(long gpa) {
        try (Arena arena = Arena.ofConfined()) {
            descriptor.ioctl(SET_IDENTITY_MAP_ADDR, arena.allocateFrom(ValueLayout.JAVA_LONG, gpa));
        }
    }

    /**
     * Says which vCPU is the bootstrap processor, before the first is created: {@code
     * KVM_SET_BOOT_CPU_ID}. Without, it is vCPU 0.
     *
     * @param id the vCPU's number
     * @throws kvm4j.linux.LinuxException {@code EBUSY} if there are vCPUs
     * @throws IllegalStateException if the VM is closed
     */
    public void setBootCpu(int id) {
        descriptor.ioctl(SET_BOOT_CPU_ID, id);
    }

    /**
     * Signals an eventfd when the guest writes, instead of an exit: {@code KVM_IOEVENTFD}.
     *
     * @param doorbell which write
     * @param eventFd what to signal; to be detached before it is closed, or it stays for the VM's
     *     life
     * @return what ends it
     * @throws kvm4j.linux.LinuxException {@code EEXIST} if another doorbell is there
     * @throws IllegalStateException if the VM or the eventfd is closed
     */
    public Attachment attach(Doorbell doorbell, EventFd eventFd) {
        ioeventfd(doorbell, eventFd, 0);
        return new Attachment(
                descriptor,
                () -> ioeventfd(doorbell, eventFd, KvmUapi.KVM_IOEVENTFD_FLAG_DEASSIGN()));
    }

    private int ioeventfd(Doorbell doorbell, EventFd eventFd, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            return eventFd.during(
                    number -> descriptor.ioctl(IOEVENTFD, doorbell.store(arena, number, flags)));
        }
    }

    /**
     * Collects writes to guest-physical addresses in a ring instead of exiting on each: {@code
     * KVM_REGISTER_COALESCED_MMIO}. {@link Vcpu#coalescedRing()} has them. Needs {@link
     * Capability#COALESCED_MMIO}.
     *
     * @param gpa guest-physical address of the first byte
     * @param size in bytes
     * @return what ends it
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if the VM is closed
     */
    public Attachment coalesceMmio(long gpa, int size) {
        return coalesce(gpa, size, 0);
    }

    /**
     * Collects writes to ports in a ring instead of exiting on each: {@code
     * KVM_REGISTER_COALESCED_MMIO}. {@link Vcpu#coalescedRing()} has them. Needs {@link
     * Capability#COALESCED_PIO}.
     *
     * @param port the first port
     * @param count how many
     * @return what ends it
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if the VM is closed
     */
    public Attachment coalescePorts(int port, int count) {
        return coalesce(port, count, 1);
    }

    private Attachment coalesce(long address, int size, int pio) {
        zone(REGISTER_COALESCED_MMIO, address, size, pio);
        return new Attachment(
                descriptor, () -> zone(UNREGISTER_COALESCED_MMIO, address, size, pio));
    }

    private void zone(Ioctl request, long address, int size, int pio) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment zone = arena.allocate(kvm_coalesced_mmio_zone.layout());
            kvm_coalesced_mmio_zone.addr(zone, address);
            kvm_coalesced_mmio_zone.size(zone, size);
            kvm_coalesced_mmio_zone.pio(zone, pio);
            descriptor.ioctl(request, zone);
        }
    }

    /**
     * The paravirtual clock: {@code KVM_GET_CLOCK}.
     *
     * @return what it shows
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if the VM is closed
     */
    public ClockData clock() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment clock = arena.allocate(kvm_clock_data.layout());
            descriptor.ioctl(GET_CLOCK, clock);
            return ClockCodec.load(clock);
        }
    }

    /**
     * Sets the paravirtual clock: {@code KVM_SET_CLOCK}.
     *
     * @param newClock what it shows; with a real time, if {@link Capability#ADJUST_CLOCK} allows,
     *     advanced by what has passed since
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if the VM is closed
     */
    public void setClock(ClockData newClock) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment clock = arena.allocate(kvm_clock_data.layout());
            ClockCodec.store(newClock, clock);
            descriptor.ioctl(SET_CLOCK, clock);
        }
    }

    /**
     * How fast the TSC of vCPUs counts: {@code KVM_GET_TSC_KHZ} on the VM. Needs {@link
     * Capability#VM_TSC_CONTROL}.
     *
     * @return in kHz
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if the VM is closed
     */
    public int tscFrequency() {
        return descriptor.ioctl(GET_TSC_KHZ, 0);
    }

    /**
     * Says how fast the TSC of vCPUs counts that are created from now on: {@code KVM_SET_TSC_KHZ}
     * on the VM. Needs {@link Capability#VM_TSC_CONTROL}.
     *
     * @param kHz the frequency in kHz
     * @throws kvm4j.linux.LinuxException {@code EINVAL} for one that the host cannot give, or if
     *     there are vCPUs
     * @throws IllegalStateException if the VM is closed
     */
    public void setTscFrequency(int kHz) {
        descriptor.ioctl(SET_TSC_KHZ, kHz);
    }

    /**
     * Whether a type of device can be created: {@code KVM_CREATE_DEVICE} with {@code
     * KVM_CREATE_DEVICE_TEST}.
     *
     * @param type the type
     * @return whether it can
     * @throws IllegalStateException if the VM is closed
     */
    public boolean supports(KvmDevice.Type type) {
        return KvmDevice.isSupported(descriptor, type);
    }

    /**
     * Creates a device in the kernel: {@code KVM_CREATE_DEVICE}. Needs {@link
     * Capability#DEVICE_CTRL}.
     *
     * @param type the type
     * @return the device, to be closed by the caller
     * @throws kvm4j.linux.LinuxException {@code ENODEV} for a type that the host does not have
     * @throws IllegalStateException if the VM is closed
     */
    public KvmDevice createDevice(KvmDevice.Type type) {
        return KvmDevice.create(descriptor, type);
    }

    /**
     * What the kernel counts for this VM: {@code KVM_GET_STATS_FD}. Needs {@link
     * Capability#BINARY_STATS_FD}.
     *
     * @return the statistics, to be closed by the caller
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if the VM is closed
     */
    public Statistics statistics() {
        return Statistics.of(descriptor.ioctl(Statistics.GET_STATS_FD, 0), "VM");
    }

    /**
     * Makes the kernel forget what it derived from the guest's page tables, where the hardware has
     * no tables of its own for that (neither EPT nor NPT): who changes page tables from outside, as
     * a restored memory does, does so past the kernel, which notices the guest's own writes alone.
     * Does nothing on other hosts.
     *
     * <p>KVM throws its shadow page tables away when a memory slot is removed: one is mapped and
     * removed for that, far from all memory and devices.
     *
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if the VM is closed
     */
    public void forgetTranslations() {
        if (ShadowPaging.isUsed()) {
            map(ShadowPaging.pageToRemove()).forEach(MemorySlot::remove);
        }
    }

    /**
     * What the VM has in the kernel beside its memory and its processors: interrupt controllers,
     * interval timer, paravirtual clock. Its processors should be outside of the guest.
     *
     * @return the state
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if the VM is closed
     */
    public VmState saveState() {
        return VmStateTransfer.save(this);
    }

    /**
     * Gives the VM a state, in place of the one that it has. The controllers that the state has
     * must be there, and its processors must have {@linkplain Vcpu#restoreState theirs}.
     *
     * <p>The paravirtual clock goes on from where it was; {@link #setClock} of the state's clock
     * afterwards makes up for the time between. The interval timer counts anew from its reload
     * values: the kernel takes no others.
     *
     * @param state the state, from {@link #saveState()}
     * @throws kvm4j.linux.LinuxException {@code ENXIO} if a controller or the timer is not there
     * @throws IllegalStateException if the VM is closed
     */
    public void restoreState(VmState state) {
        VmStateTransfer.restore(this, state);
    }

    /** What its processors have of a state; any of them can be asked. */
    synchronized StateFeatures stateFeatures(DeviceAttributes vcpu) {
        if (stateFeatures == null) {
            stateFeatures = StateFeatures.of(this, vcpu);
        }
        return stateFeatures;
    }

    /** The node of the KVM that it is of. */
    Optional<DeviceNode> deviceNode() {
        return kvm.node();
    }

    /** The MSRs that are a processor's state. KVM itself knows, and may be closed: asked anew. */
    int[] stateMsrIndices() {
        try (Kvm again = Kvm.open(kvm.device())) {
            return again.stateMsrIndices();
        }
    }

    /**
     * Creates a processor: {@code KVM_CREATE_VCPU}. Its registers are as after a reset.
     *
     * @param id its number, which is its APIC ID too: from 0 to {@code KVM_CAP_MAX_VCPU_ID} - 1
     * @return the vCPU
     * @throws kvm4j.linux.LinuxException if the kernel refuses; {@code EEXIST} if the id is taken
     * @throws IllegalStateException if the VM is closed
     */
    public synchronized Vcpu createVcpu(int id) {
        int fd = descriptor.ioctl(CREATE_VCPU, id);
        Vcpu vcpu =
                Vcpu.of(
                        this,
                        id,
                        new InterruptibleDescriptor(fd, "vCPU " + id, Vcpu.RUN),
                        vcpuMmapSize,
                        dirtyRingSize);
        vcpus.add(vcpu);
        return vcpu;
    }

    /**
     * Makes a request that this library does not know: {@code ioctl(2)} on the VM. Nothing else
     * here knows of it: memory mapped this way is not kept while the guest can reach it, a
     * processor created this way is not stopped when the VM is closed.
     *
     * @param request its name, for messages, and its number
     * @param argument the argument, 0 if the request has none
     * @return the result, not negative; a descriptor is the caller's to close, best as a {@link
     *     FileDescriptor}
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if the VM is closed
     */
    public int ioctl(Ioctl request, long argument) {
        return descriptor.ioctl(request, argument);
    }

    /**
     * Makes a request that this library does not know, with a structure: {@code ioctl(2)} on the
     * VM.
     *
     * @param request its name, for messages, and its number
     * @param structure the structure, in native memory, which is held until the call returns; what
     *     it points at is for the caller to hold
     * @return the result, as of {@link #ioctl(Ioctl, long)}
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalArgumentException if the structure is shorter than the request's number says,
     *     on the heap, or read-only where the kernel writes to it
     * @throws IllegalStateException if the VM is closed, or the structure's arena is closed
     */
    public int ioctl(Ioctl request, MemorySegment structure) {
        return descriptor.ioctl(request, structure);
    }

    /**
     * Stops and closes the vCPUs, then closes the VM and lets go of its memory. The close of the
     * last VM on a host is what takes its processors out of VMX root operation (VMXOFF). Does
     * nothing the second time.
     *
     * @throws kvm4j.linux.LinuxException if a vCPU cannot be stopped; all others are closed, but
     *     the memory stays mapped, as the guest can still reach it
     * @throws IllegalStateException if it is {@linkplain #entrust() entrusted} to an owner
     */
    @Override
    public void close() {
        requireNoOwner();
        closeAsOwner();
    }

    /**
     * Makes what is returned the only way to close this VM and its vCPUs, for an owner who shows
     * them to others.
     *
     * @return closes the VM as {@link #close()} does
     * @throws IllegalStateException if it has an owner already
     */
    public synchronized AutoCloseable entrust() {
        requireNoOwner();
        owned = true;
        return this::closeAsOwner;
    }

    void requireNoOwner() {
        if (owned) {
            throw new IllegalStateException(
                    "this VM and its vCPUs belong to a machine; close that instead");
        }
    }

    private synchronized void closeAsOwner() {
        closeAll(vcpus.iterator());
        descriptor.close();
        slots.close();
    }

    private static void closeAll(Iterator<Vcpu> vcpus) {
        while (vcpus.hasNext()) {
            try {
                vcpus.next().closeWithVm();
            } catch (Throwable e) {
                closeAll(vcpus);
                throw e;
            }
        }
    }
}
