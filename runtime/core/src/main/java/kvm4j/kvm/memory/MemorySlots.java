package kvm4j.kvm.memory;

import kvm4j.linux.FileDescriptor;
import kvm4j.memory.GuestMemory;
import kvm4j.memory.GuestRegion;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.Consumer;

/**
 * The memory slots of a VM: which numbers are taken, and the memory that stands behind them. Any
 * thread may use it; {@link kvm4j.kvm.Vm} is what does.
 */
public final class MemorySlots implements AutoCloseable {

    private final FileDescriptor vm;
    private final BitSet taken = new BitSet();
    private final List<MemorySlot> slots = new ArrayList<>();

    /**
     * No slots yet.
     *
     * @param vm the VM
     */
    public MemorySlots(FileDescriptor vm) {
        this.vm = vm;
    }

    /**
     * Maps each region, or none if the kernel refuses one.
     *
     * @param memory the memory
     * @return the slots, in the order of the regions
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if the VM or the memory is closed
     */
    public List<MemorySlot> map(GuestMemory memory) {
        return map(memory, MemorySlot::create);
    }

    /**
     * Maps each region, or none if the kernel refuses one, and logs what the guest writes.
     *
     * @param memory the memory
     * @return the logs, in the order of the regions that the guest can write to
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if the VM or the memory is closed
     */
    public List<DirtyLog> mapLogged(GuestMemory memory) {
        List<DirtyLog> logs = new ArrayList<>();
        map(memory, slot -> slot.createLogged().ifPresent(logs::add));
        return List.copyOf(logs);
    }

    private synchronized List<MemorySlot> map(GuestMemory memory, Consumer<MemorySlot> creation) {
        List<MemorySlot> created = new ArrayList<>();
        try {
            for (GuestRegion region : memory.regions()) {
                created.add(map(memory, region, PrivateMemory.NONE, creation));
            }
            return List.copyOf(created);
        } catch (Throwable e) {
            created.forEach(MemorySlot::remove);
            throw e;
        }
    }

    /**
     * Maps one region with a private side.
     *
     * @param memory the memory
     * @param region one of its regions: the shared side
     * @param file the private side
     * @param offset where in the file it begins, in bytes, a multiple of 4096
     * @return the slot
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if the VM, the memory or the file is closed
     */
    public MemorySlot mapPrivate(
            GuestMemory memory, GuestRegion region, GuestMemoryFile file, long offset) {
        return file.during(
                number ->
                        map(memory, region, new PrivateMemory(number, offset), MemorySlot::create));
    }

    private synchronized MemorySlot map(
            GuestMemory memory,
            GuestRegion region,
            PrivateMemory backing,
            Consumer<MemorySlot> creation) {
        if (!memory.regions().contains(region)) {
            throw new IllegalArgumentException(
                    "the region at GPA 0x%x is none of the memory's".formatted(region.address()));
        }
        GuestMemory.Lease lease = memory.lease();
        int number = taken.nextClearBit(0);
        MemorySlot slot = new MemorySlot(vm, number, region, backing, this, lease);
        try {
            taken.set(number);
            slots.add(slot);
            creation.accept(slot);
            return slot;
        } catch (Throwable e) {
            release(slot);
            lease.close();
            throw e;
        }
    }

    synchronized void release(MemorySlot slot) {
        slots.remove(slot);
        taken.clear(slot.number());
    }

    /** Lets go of the memory, once the VM is closed. */
    @Override
    public synchronized void close() {
        slots.forEach(MemorySlot::endLease);
    }
}
