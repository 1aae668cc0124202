package kvm4j.benchmarks.loop;

import kvm4j.kvm.Kvm;
import kvm4j.kvm.Vm;
import kvm4j.kvm.memory.MemorySlot;
import kvm4j.memory.GuestMemory;

/** {@link Vm#map} and {@link MemorySlot#remove()}. */
final class SlotOperation implements Operation {

    private final Kvm kvm = Kvm.open();
    private final Vm vm = kvm.createVm();
    private final GuestMemory memory;

    SlotOperation(int pages) {
        memory = GuestMemory.ofSize(pages * GuestMemory.PAGE_SIZE);
    }

    @Override
    public void once() {
        vm.map(memory).forEach(MemorySlot::remove);
    }

    @Override
    public void close() {
        vm.close();
        memory.close();
        kvm.close();
    }
}
