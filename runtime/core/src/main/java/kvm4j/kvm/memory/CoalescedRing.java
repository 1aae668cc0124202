package kvm4j.kvm.memory;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_coalesced_mmio;
import kvm4j.bindings.kvm.kvm_coalesced_mmio_ring;
import kvm4j.linux.Mapping;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * The writes of a VM that were collected instead of exiting: {@code struct
 * kvm_coalesced_mmio_ring}. Which are: {@link kvm4j.kvm.Vm#coalesceMmio} and {@link
 * kvm4j.kvm.Vm#coalescePorts}.
 *
 * <p>There is one ring for each VM, which all its vCPUs show. A write that finds it full exits as
 * any other, so that it should be drained at each exit, before the exit is handled: what was
 * collected happened first. Any thread may drain, one at a time. Allocates nothing.
 */
public final class CoalescedRing {

    /** Is told of the writes. */
    public interface Visitor {

        /**
         * The guest wrote to guest-physical memory.
         *
         * @param address the guest-physical address
         * @param length from 1 to 8 bytes
         * @param value what it wrote, little-endian, unsigned
         */
        void mmio(long address, int length, long value);

        /**
         * The guest wrote to a port.
         *
         * @param port the port
         * @param size 1, 2 or 4 bytes
         * @param value what it wrote, unsigned
         */
        void port(int port, int size, long value);
    }

    private static final VarHandle INDEX = ValueLayout.JAVA_INT.varHandle();

    private static final long PAGE = 4096;
    private static final long OFFSET = KvmUapi.KVM_COALESCED_MMIO_PAGE_OFFSET() * PAGE;
    private static final long FIRST = kvm_coalesced_mmio_ring.first$offset();
    private static final long LAST = kvm_coalesced_mmio_ring.last$offset();
    private static final long ENTRIES = kvm_coalesced_mmio_ring.sizeof();
    private static final long ENTRY = kvm_coalesced_mmio.sizeof();
    private static final int CAPACITY = (int) ((PAGE - ENTRIES) / ENTRY);

    private static final long ADDRESS = kvm_coalesced_mmio.phys_addr$offset();
    private static final long LENGTH = kvm_coalesced_mmio.len$offset();
    private static final long PIO = kvm_coalesced_mmio.pio$offset();
    private static final long DATA = kvm_coalesced_mmio.data$offset();

    private final MemorySegment ring;

    /**
     * The ring of a VM; {@link kvm4j.kvm.Vcpu#coalescedRing()} hands it out.
     *
     * @param vcpu what one of its vCPUs shares with the kernel
     */
    public CoalescedRing(Mapping vcpu) {
        this.ring = vcpu.segment().asSlice(OFFSET, PAGE);
    }

    /**
     * Takes out what was collected, in the order of the writes.
     *
     * @param visitor is told of each write
     * @return how many there were
     * @throws IllegalStateException if the vCPU is closed
     */
    public int drain(Visitor visitor) {
        int first = (int) INDEX.getAcquire(ring, FIRST);
        int last = (int) INDEX.getAcquire(ring, LAST);
        int count = 0;
        while (first != last) {
            visit(ENTRIES + first * ENTRY, visitor);
            first = (first + 1) % CAPACITY;
            INDEX.setRelease(ring, FIRST, first);
            count++;
        }
        return count;
    }

    private void visit(long entry, Visitor visitor) {
        long address = ring.get(ValueLayout.JAVA_LONG, entry + ADDRESS);
        int length = ring.get(ValueLayout.JAVA_INT, entry + LENGTH);
        long data = ring.get(ValueLayout.JAVA_LONG_UNALIGNED, entry + DATA);
        long value = length >= Long.BYTES ? data : data & (1L << length * Byte.SIZE) - 1;
        if (ring.get(ValueLayout.JAVA_INT, entry + PIO) != 0) {
            visitor.port((int) address, length, value);
        } else {
            visitor.mmio(address, length, value);
        }
    }
}
