package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_userspace_memory_region;
import kvm4j.linux.FileDescriptor;
import kvm4j.linux.Ioctl;
import kvm4j.memory.GuestRegion;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A memory slot of a virtual machine: guest-physical addresses that host memory stands behind.
 *
 * <p>Moving or removing a slot while the guest runs is allowed; the kernel drops every translation
 * into it (INVEPT) before the call returns.
 */
public final class MemorySlot {

    private static final Ioctl SET_USER_MEMORY_REGION =
            new Ioctl("KVM_SET_USER_MEMORY_REGION", KvmUapi.KVM_SET_USER_MEMORY_REGION());

    private final FileDescriptor vm;
    private final int number;
    private final MemorySegment memory;
    private final int flags;
    private long address;

    private MemorySlot(FileDescriptor vm, int number, GuestRegion region) {
        this.vm = vm;
        this.number = number;
        this.memory = region.segment();
        this.flags =
                switch (region.access()) {
                    case READ_WRITE -> 0;
                    case READ_ONLY -> (int) KvmUapi.KVM_MEM_READONLY();
                };
        this.address = region.address();
    }

    static MemorySlot create(FileDescriptor vm, int number, GuestRegion region) {
        MemorySlot slot = new MemorySlot(vm, number, region);
        slot.set(slot.address, slot.memory.byteSize());
        return slot;
    }

    /**
     * The slot's number.
     *
     * @return from 0 to {@code KVM_CAP_NR_MEMSLOTS} - 1
     */
    public int number() {
        return number;
    }

    /**
     * Where the guest sees the memory.
     *
     * @return the guest-physical address of its first byte
     */
    public synchronized long address() {
        return address;
    }

    /**
     * How much memory it is.
     *
     * @return bytes
     */
    public long size() {
        return memory.byteSize();
    }

    /**
     * Shows the same memory to the guest at another address: {@code KVM_SET_USER_MEMORY_REGION}.
     *
     * @param gpa the new guest-physical address, a multiple of 4096
     * @throws kvm4j.linux.LinuxException {@code EEXIST} where it would overlap another slot
     * @throws IllegalStateException if the VM is closed
     */
    public synchronized void moveTo(long gpa) {
        set(gpa, memory.byteSize());
        address = gpa;
    }

    /**
     * Takes the memory away from the guest: {@code KVM_SET_USER_MEMORY_REGION} with size 0.
     *
     * @throws kvm4j.linux.LinuxException {@code EINVAL} if it is removed already
     * @throws IllegalStateException if the VM is closed
     */
    public synchronized void remove() {
        set(address, 0);
    }

    private void set(long gpa, long size) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment region = arena.allocate(kvm_userspace_memory_region.layout());
            kvm_userspace_memory_region.slot(region, number);
            kvm_userspace_memory_region.flags(region, flags);
            kvm_userspace_memory_region.guest_phys_addr(region, gpa);
            kvm_userspace_memory_region.memory_size(region, size);
            kvm_userspace_memory_region.userspace_addr(region, memory.address());
            vm.ioctl(SET_USER_MEMORY_REGION, region);
        }
    }
}
