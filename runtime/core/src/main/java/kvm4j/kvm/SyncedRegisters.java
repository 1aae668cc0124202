package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_run;
import kvm4j.bindings.kvm.kvm_sync_regs;
import kvm4j.x86.Registers;
import kvm4j.x86.SpecialRegisters;
import kvm4j.x86.VcpuEvents;

import java.lang.foreign.MemorySegment;
import java.util.Set;

/**
 * Registers in the run page: read after an exit and set before the next entry without an ioctl;
 * {@code struct kvm_sync_regs}. Which a host can keep there is the answer to {@link
 * Capability#SYNC_REGS}.
 */
public final class SyncedRegisters {

    /** What can be kept in the run page. */
    public enum Part {
        /** The general purpose registers. */
        GENERAL(KvmUapi.KVM_SYNC_X86_REGS()),
        /** The segment, descriptor-table and control registers. */
        SPECIAL(KvmUapi.KVM_SYNC_X86_SREGS()),
        /** Pending events. */
        EVENTS(KvmUapi.KVM_SYNC_X86_EVENTS());

        private final long bit;

        Part(long bit) {
            this.bit = bit;
        }

        /**
         * Whether a host can keep it there.
         *
         * @param supported what the host answers to {@link Capability#SYNC_REGS}
         * @return whether it can
         */
        public boolean isIn(int supported) {
            return (supported & bit) != 0;
        }
    }

    private final MemorySegment run;
    private final MemorySegment area;

    SyncedRegisters(MemorySegment run) {
        this.run = run;
        this.area = run.asSlice(kvm_run.s$offset(), kvm_sync_regs.sizeof());
    }

    /**
     * Says what the kernel writes into the page at each exit from now on: {@code kvm_valid_regs}.
     *
     * @param parts what it writes; none for an end to it
     * @throws IllegalStateException if the vCPU is closed
     */
    public void publish(Set<Part> parts) {
        kvm_run.kvm_valid_regs(
                run, parts.stream().mapToLong(part -> part.bit).reduce(0, (a, b) -> a | b));
    }

    /**
     * The general purpose registers at the last exit. Means something after a run with {@link
     * Part#GENERAL} published.
     *
     * @return their values
     * @throws IllegalStateException if the vCPU is closed
     */
    public Registers registers() {
        return RegistersCodec.load(kvm_sync_regs.regs(area));
    }

    /**
     * Sets the general purpose registers at the next run.
     *
     * @param registers their values
     * @throws IllegalStateException if the vCPU is closed
     */
    public void setRegisters(Registers registers) {
        RegistersCodec.store(registers, kvm_sync_regs.regs(area));
        markDirty(Part.GENERAL);
    }

    /**
     * The special registers at the last exit. Means something after a run with {@link Part#SPECIAL}
     * published.
     *
     * @return their values
     * @throws IllegalStateException if the vCPU is closed
     */
    public SpecialRegisters specialRegisters() {
        return SpecialRegistersCodec.load(kvm_sync_regs.sregs(area));
    }

    /**
     * Sets the special registers at the next run.
     *
     * @param registers their values
     * @throws IllegalStateException if the vCPU is closed
     */
    public void setSpecialRegisters(SpecialRegisters registers) {
        MemorySegment sregs = kvm_sync_regs.sregs(area);
        sregs.fill((byte) 0);
        SpecialRegistersCodec.store(registers, sregs);
        markDirty(Part.SPECIAL);
    }

    /**
     * What was pending at the last exit. Means something after a run with {@link Part#EVENTS}
     * published.
     *
     * @return exceptions, interrupts, NMIs and what masks them
     * @throws IllegalStateException if the vCPU is closed
     */
    public VcpuEvents events() {
        return VcpuEventsCodec.load(kvm_sync_regs.events(area));
    }

    /**
     * Sets what is pending at the next run.
     *
     * @param events exceptions, interrupts, NMIs and what masks them
     * @throws IllegalStateException if the vCPU is closed
     */
    public void setEvents(VcpuEvents events) {
        VcpuEventsCodec.store(events, kvm_sync_regs.events(area));
        markDirty(Part.EVENTS);
    }

    private void markDirty(Part part) {
        kvm_run.kvm_dirty_regs(run, kvm_run.kvm_dirty_regs(run) | part.bit);
    }
}
