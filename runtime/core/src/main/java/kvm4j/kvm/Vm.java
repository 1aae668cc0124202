package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.linux.FileDescriptor;
import kvm4j.linux.InterruptibleDescriptor;
import kvm4j.linux.Ioctl;
import kvm4j.memory.GuestMemory;
import kvm4j.memory.GuestRegion;

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
     * @param capability a {@code KVM_CAP_*}
     * @return 0 if it does not have the capability, else 1 or a number that the capability defines
     * @throws IllegalStateException if the VM is closed
     */
    public int check(int capability) {
        return descriptor.ioctl(CHECK_EXTENSION, capability);
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
