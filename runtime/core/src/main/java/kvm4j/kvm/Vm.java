package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.linux.FileDescriptor;
import kvm4j.linux.InterruptibleDescriptor;
import kvm4j.linux.Ioctl;
import kvm4j.memory.GuestMemory;
import kvm4j.memory.GuestRegion;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * A virtual machine: memory slots, processors and, if wanted, interrupt controllers in the kernel.
 * Any thread may use it. Closing it first stops and closes its vCPUs.
 */
public final class Vm implements AutoCloseable {

    private static final Ioctl CHECK_EXTENSION =
            new Ioctl("KVM_CHECK_EXTENSION", KvmUapi.KVM_CHECK_EXTENSION());
    private static final Ioctl CREATE_VCPU =
            new Ioctl("KVM_CREATE_VCPU", KvmUapi.KVM_CREATE_VCPU());

    private static final Ioctl X86_SET_MSR_FILTER =
            new Ioctl("KVM_X86_SET_MSR_FILTER", KvmUapi.KVM_X86_SET_MSR_FILTER());

    private final FileDescriptor descriptor;
    private final int vcpuMmapSize;
    private final List<Vcpu> vcpus = new ArrayList<>();
    private final List<GuestMemory.Lease> leases = new ArrayList<>();
    private int nextSlot;

    Vm(FileDescriptor descriptor, int vcpuMmapSize) {
        this.descriptor = descriptor;
        this.vcpuMmapSize = vcpuMmapSize;
    }

    /**
     * What this virtual machine can do: {@code KVM_CHECK_EXTENSION} on the VM.
     *
     * @param capability what to ask for
     * @return 0 if it does not have the capability, else 1 or a number that the capability defines
     * @throws IllegalStateException if the VM is closed
     */
    public int check(Capability capability) {
        return descriptor.ioctl(CHECK_EXTENSION, capability.code());
    }

    /**
     * Switches a capability on for this virtual machine: {@code KVM_ENABLE_CAP}.
     *
     * @param capability the capability
     * @param arguments up to 4, as it defines
     * @throws kvm4j.linux.LinuxException {@code EINVAL} if the host does not have it, or if it is
     *     too late for it
     * @throws IllegalStateException if the VM is closed
     */
    public void enable(Capability capability, long... arguments) {
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
        return new Irqchip(descriptor);
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
        try (Arena arena = Arena.ofConfined()) {
            descriptor.ioctl(X86_SET_MSR_FILTER, filter.store(arena));
        }
    }

    /**
     * Gives the guest memory: {@code KVM_SET_USER_MEMORY_REGION} for each region, each in a slot of
     * its own. The memory stays mapped until this VM is closed.
     *
     * @param memory the memory, of which no region may overlap one that is mapped already
     * @return the slots, in the order of the regions
     * @throws kvm4j.linux.LinuxException if the kernel refuses; {@code EEXIST} where regions
     *     overlap
     * @throws IllegalStateException if the VM or the memory is closed
     */
    public synchronized List<MemorySlot> map(GuestMemory memory) {
        leases.add(memory.lease());
        List<MemorySlot> slots = new ArrayList<>();
        for (GuestRegion region : memory.regions()) {
            slots.add(MemorySlot.create(descriptor, nextSlot++, region));
        }
        return List.copyOf(slots);
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
        Vcpu vcpu = Vcpu.of(id, new InterruptibleDescriptor(fd, "vCPU " + id), vcpuMmapSize);
        vcpus.add(vcpu);
        return vcpu;
    }

    /**
     * Stops and closes the vCPUs, then closes the VM and lets go of its memory. The close of the
     * last VM on a host is what takes its processors out of VMX root operation (VMXOFF). Does
     * nothing the second time.
     */
    @Override
    public synchronized void close() {
        vcpus.forEach(Vcpu::close);
        descriptor.close();
        leases.forEach(GuestMemory.Lease::close);
    }
}
