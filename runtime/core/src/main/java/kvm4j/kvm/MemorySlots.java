package kvm4j.kvm;

import kvm4j.linux.FileDescriptor;
import kvm4j.memory.GuestMemory;
import kvm4j.memory.GuestRegion;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** The memory slots of a VM: which numbers are taken, and the memory that stands behind them. */
final class MemorySlots {

    private final FileDescriptor vm;
    private final BitSet taken = new BitSet();
    private final List<MemorySlot> slots = new ArrayList<>();

    MemorySlots(FileDescriptor vm) {
        this.vm = vm;
    }

    /** Maps each region, or none if the kernel refuses one. */
    synchronized List<MemorySlot> map(GuestMemory memory) {
        List<MemorySlot> created = new ArrayList<>();
        try {
            for (GuestRegion region : memory.regions()) {
                created.add(map(memory, region, PrivateMemory.NONE));
            }
            return List.copyOf(created);
        } catch (RuntimeException e) {
            created.forEach(MemorySlot::remove);
            throw e;
        }
    }

    synchronized MemorySlot map(GuestMemory memory, GuestRegion region, PrivateMemory backing) {
        GuestMemory.Lease lease = memory.lease();
        int number = taken.nextClearBit(0);
        try {
            MemorySlot slot = new MemorySlot(vm, number, region, backing, this, lease);
            slot.create();
            taken.set(number);
            slots.add(slot);
            return slot;
        } catch (RuntimeException e) {
            lease.close();
            throw e;
        }
    }

    synchronized void release(MemorySlot slot) {
        slots.remove(slot);
        taken.clear(slot.number());
    }

    /** Lets go of the memory, once the VM is closed. */
    synchronized void close() {
        slots.forEach(MemorySlot::endLease);
    }
}
