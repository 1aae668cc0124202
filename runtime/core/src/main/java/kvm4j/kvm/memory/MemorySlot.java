package kvm4j.kvm.memory;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_userspace_memory_region2;
import kvm4j.linux.FileDescriptor;
import kvm4j.linux.Ioctl;
import kvm4j.memory.GuestMemory;
import kvm4j.memory.GuestRegion;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * A memory slot of a virtual machine: guest-physical addresses that host memory stands behind. Any
 * thread may use it.
 *
 * <p>Moving or removing a slot while the guest runs is allowed; the kernel drops every translation
 * into it (INVEPT) before the call returns.
 */
public final class MemorySlot {

    private static final Ioctl SET_USER_MEMORY_REGION =
            new Ioctl("KVM_SET_USER_MEMORY_REGION", KvmUapi.KVM_SET_USER_MEMORY_REGION());
    private static final Ioctl SET_USER_MEMORY_REGION2 =
            new Ioctl("KVM_SET_USER_MEMORY_REGION2", KvmUapi.KVM_SET_USER_MEMORY_REGION2());

    private static final int LOG_DIRTY_PAGES = (int) KvmUapi.KVM_MEM_LOG_DIRTY_PAGES();
    private static final int READONLY = (int) KvmUapi.KVM_MEM_READONLY();
    private static final int GUEST_MEMFD = (int) KvmUapi.KVM_MEM_GUEST_MEMFD();

    /** The kernel's {@code KVM_MEM_MAX_NR_PAGES} pages, rounded down to a GiB. */
    private static final long LARGEST = 0x7ff_c000_0000L;

    private final FileDescriptor vm;
    private final int number;
    private final MemorySegment memory;
    private final PrivateMemory backing;
    private final MemorySlots slots;
    private final GuestMemory.Lease lease;
    private int flags;
    private long address;
    private boolean removed;

    MemorySlot(
            FileDescriptor vm,
            int number,
            GuestRegion region,
            PrivateMemory backing,
            MemorySlots slots,
            GuestMemory.Lease lease) {
        this.vm = vm;
        this.number = number;
        this.memory = region.segment();
        this.backing = backing;
        this.slots = slots;
        this.lease = lease;
        this.address = region.address();
        this.flags =
                switch (region.access()) {
                            case READ_WRITE -> 0;
                            case READ_ONLY -> READONLY;
                        }
                        | (backing.isPresent() ? GUEST_MEMFD : 0);
    }

    /** Shows the memory to the guest. */
    void create() {
        if (memory.byteSize() > LARGEST) {
            throw new IllegalArgumentException(
                    "KVM gives a guest at most 8 TiB in one piece, not %.1f TiB"
                            .formatted(memory.byteSize() / 0x1p40));
        }
        set(address, memory.byteSize(), flags);
    }

    /**
     * Shows the memory to the guest, whose writes, if it can write, are logged from the first on.
     */
    synchronized Optional<DirtyLog> createLogged() {
        if ((flags & READONLY) != 0) {
            create();
            return Optional.empty();
        }
        flags |= LOG_DIRTY_PAGES;
        create();
        return Optional.of(new DirtyLog(vm, this));
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
     * @throws IllegalStateException if the slot is removed or the VM is closed
     */
    public synchronized void moveTo(long gpa) {
        requirePresent();
        set(gpa, memory.byteSize(), flags);
        address = gpa;
    }

    /**
     * Keeps a log of the pages that the guest writes from now on: {@code
     * KVM_SET_USER_MEMORY_REGION} with {@code KVM_MEM_LOG_DIRTY_PAGES}.
     *
     * @return the log, to be closed for the logging to end
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if the slot is removed, is logged already, or the VM is closed
     */
    public synchronized DirtyLog logDirtyPages() {
        requirePresent();
        if ((flags & LOG_DIRTY_PAGES) != 0) {
            throw new IllegalStateException("memory slot " + number + " has a dirty log already");
        }
        set(address, memory.byteSize(), flags | LOG_DIRTY_PAGES);
        flags |= LOG_DIRTY_PAGES;
        return new DirtyLog(vm, this);
    }

    synchronized void endDirtyLog() {
        flags &= ~LOG_DIRTY_PAGES;
        if (!removed && !vm.isClosed()) {
            set(address, memory.byteSize(), flags);
        }
    }

    /**
     * Takes the memory away from the guest: {@code KVM_SET_USER_MEMORY_REGION} with size 0.
     *
     * @throws IllegalStateException if it is removed already, or the VM is closed
     */
    public void remove() {
        synchronized (this) {
            requirePresent();
            set(address, 0, 0);
            removed = true;
        }
        slots.release(this);
        endLease();
    }

    void endLease() {
        lease.close();
    }

    private void requirePresent() {
        if (removed) {
            throw new IllegalStateException("memory slot " + number + " is removed");
        }
    }

    /** The older structure is the beginning of the newer one, so that one serves both requests. */
    private void set(long gpa, long size, int newFlags) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment region = arena.allocate(kvm_userspace_memory_region2.layout());
            kvm_userspace_memory_region2.slot(region, number);
            kvm_userspace_memory_region2.flags(region, newFlags);
            kvm_userspace_memory_region2.guest_phys_addr(region, gpa);
            kvm_userspace_memory_region2.memory_size(region, size);
            kvm_userspace_memory_region2.userspace_addr(region, memory.address());
            if (backing.isPresent()) {
                kvm_userspace_memory_region2.guest_memfd(region, backing.descriptor());
                kvm_userspace_memory_region2.guest_memfd_offset(region, backing.offset());
            }
            vm.ioctl(
                    backing.isPresent() ? SET_USER_MEMORY_REGION2 : SET_USER_MEMORY_REGION, region);
        }
    }
}
