package kvm4j.kvm.memory;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_dirty_gfn;
import kvm4j.linux.Mapping;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * The pages that one vCPU wrote, in the order of the first write: the dirty ring. Its VM has rings
 * by {@link kvm4j.kvm.Vm#createDirtyRings}.
 *
 * <p>{@link #collect} takes entries out; {@link kvm4j.kvm.Vm#resetDirtyRings()} then protects the
 * pages anew and makes room. A run that finds its ring nearly full ends as {@link
 * kvm4j.kvm.ExitReason#DIRTY_RING_FULL}. Any thread may collect, also while the vCPU runs.
 * Allocates nothing.
 */
public final class DirtyRing implements AutoCloseable {

    /** Is told of pages that were written. */
    @FunctionalInterface
    public interface Visitor {

        /**
         * A page was written.
         *
         * @param slot the number of its memory slot
         * @param page its number in the slot
         */
        void dirty(int slot, long page);
    }

    private static final VarHandle FLAGS = ValueLayout.JAVA_INT.varHandle();

    private static final long ENTRY = kvm_dirty_gfn.sizeof();
    private static final long FLAGS_OFFSET = kvm_dirty_gfn.flags$offset();
    private static final long SLOT_OFFSET = kvm_dirty_gfn.slot$offset();
    private static final long PAGE_OFFSET = kvm_dirty_gfn.offset$offset();
    private static final int DIRTY = (int) KvmUapi.KVM_DIRTY_GFN_F_DIRTY();
    private static final int RESET = (int) KvmUapi.KVM_DIRTY_GFN_F_RESET();

    /** The slot's number is below the number of its address space, which is 1 for SMM. */
    private static final int SLOT_MASK = 0xffff;

    private static final long FILE_OFFSET = KvmUapi.KVM_DIRTY_LOG_PAGE_OFFSET() * 4096L;

    private final Mapping mapping;
    private final MemorySegment ring;
    private long next;

    private DirtyRing(Mapping mapping) {
        this.mapping = mapping;
        this.ring = mapping.segment();
    }

    /**
     * Maps the ring of a vCPU; {@link kvm4j.kvm.Vcpu#dirtyRing()} hands it out.
     *
     * @param vcpu the vCPU's descriptor
     * @param bytes the size that the VM's rings have
     * @return the ring
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     */
    public static DirtyRing map(int vcpu, int bytes) {
        return new DirtyRing(Mapping.shared(vcpu, FILE_OFFSET, bytes));
    }

    /**
     * Takes out what is there.
     *
     * @param visitor is told of each page
     * @return how many there were
     * @throws IllegalStateException if the vCPU is closed
     */
    public synchronized int collect(Visitor visitor) {
        int count = 0;
        while (((int) FLAGS.getAcquire(ring, next + FLAGS_OFFSET) & DIRTY) != 0) {
            visitor.dirty(
                    ring.get(ValueLayout.JAVA_INT, next + SLOT_OFFSET) & SLOT_MASK,
                    ring.get(ValueLayout.JAVA_LONG, next + PAGE_OFFSET));
            FLAGS.setRelease(ring, next + FLAGS_OFFSET, RESET);
            next = (next + ENTRY) % ring.byteSize();
            count++;
        }
        return count;
    }

    /** Ends the mapping, as closing the vCPU does. Does nothing the second time. */
    @Override
    public synchronized void close() {
        mapping.close();
    }
}
