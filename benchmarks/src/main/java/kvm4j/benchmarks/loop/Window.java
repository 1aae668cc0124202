package kvm4j.benchmarks.loop;

import kvm4j.benchmarks.kind.Workload;
import kvm4j.kvm.Vm;
import kvm4j.kvm.memory.MemorySlot;
import kvm4j.memory.GuestMemory;

/** Memory of a guest in a slot of its own. */
final class Window implements AutoCloseable {

    private static final long ELSEWHERE = 1L << 31;

    private final GuestMemory memory;
    private final MemorySlot slot;

    Window(Vm vm, int pages) {
        memory = GuestMemory.builder().ram(Workload.WINDOW, pages * GuestMemory.PAGE_SIZE).build();
        slot = vm.map(memory).getFirst();
    }

    MemorySlot slot() {
        return slot;
    }

    /** Moves it away and back, so that the guest's page faults begin anew. */
    void remap() {
        slot.moveTo(ELSEWHERE);
        slot.moveTo(Workload.WINDOW);
    }

    /** To be called when the virtual machine is closed. */
    @Override
    public void close() {
        memory.close();
    }
}
