package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_interrupt;
import kvm4j.bindings.kvm.kvm_lapic_state;
import kvm4j.bindings.kvm.kvm_mp_state;
import kvm4j.bindings.kvm.kvm_tpr_access_ctl;
import kvm4j.bindings.kvm.kvm_vapic_addr;
import kvm4j.bindings.kvm.kvm_vcpu_events;
import kvm4j.linux.InterruptibleDescriptor;
import kvm4j.linux.Ioctl;
import kvm4j.x86.Bytes;
import kvm4j.x86.MpState;
import kvm4j.x86.VcpuEvents;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/** What a vCPU is to be interrupted by, its local APIC, and whether it runs at all. */
public final class VcpuInterrupts {

    private static final Ioctl INTERRUPT = new Ioctl("KVM_INTERRUPT", KvmUapi.KVM_INTERRUPT());
    private static final Ioctl NMI = new Ioctl("KVM_NMI", KvmUapi.KVM_NMI());
    private static final Ioctl SMI = new Ioctl("KVM_SMI", KvmUapi.KVM_SMI());
    private static final Ioctl GET_VCPU_EVENTS =
            new Ioctl("KVM_GET_VCPU_EVENTS", KvmUapi.KVM_GET_VCPU_EVENTS());
    private static final Ioctl SET_VCPU_EVENTS =
            new Ioctl("KVM_SET_VCPU_EVENTS", KvmUapi.KVM_SET_VCPU_EVENTS());
    private static final Ioctl GET_LAPIC = new Ioctl("KVM_GET_LAPIC", KvmUapi.KVM_GET_LAPIC());
    private static final Ioctl SET_LAPIC = new Ioctl("KVM_SET_LAPIC", KvmUapi.KVM_SET_LAPIC());
    private static final Ioctl GET_MP_STATE =
            new Ioctl("KVM_GET_MP_STATE", KvmUapi.KVM_GET_MP_STATE());
    private static final Ioctl SET_MP_STATE =
            new Ioctl("KVM_SET_MP_STATE", KvmUapi.KVM_SET_MP_STATE());
    private static final Ioctl TPR_ACCESS_REPORTING =
            new Ioctl("KVM_TPR_ACCESS_REPORTING", KvmUapi.KVM_TPR_ACCESS_REPORTING());

    private static final Ioctl SET_VAPIC_ADDR =
            new Ioctl("KVM_SET_VAPIC_ADDR", KvmUapi.KVM_SET_VAPIC_ADDR());

    /** Each vector as {@code KVM_INTERRUPT} takes it, so that an injection allocates nothing. */
    private static final class Vectors {

        private static final int COUNT = 256;
        private static final MemorySegment ALL = kvm_interrupt.allocateArray(COUNT, Arena.global());

        static {
            for (int vector = 0; vector < COUNT; vector++) {
                kvm_interrupt.irq(kvm_interrupt.asSlice(ALL, vector), vector);
            }
        }

        /** In the global arena: an address that stays, and no slice to be made at each use. */
        static long address(int vector) {
            return ALL.address() + vector * kvm_interrupt.sizeof();
        }
    }

    private final InterruptibleDescriptor vcpu;

    VcpuInterrupts(InterruptibleDescriptor vcpu) {
        this.vcpu = vcpu;
    }

    /**
     * Queues an external interrupt, for a VM without local APICs in the kernel, or with a split
     * irqchip: {@code KVM_INTERRUPT}. The processor takes it at the next entry if {@link
     * KvmRun#readyForInterruptInjection()}.
     *
     * @param vector its vector, from 0 to 255
     * @throws IllegalArgumentException if there is no such vector
     * @throws kvm4j.linux.LinuxException {@code ENXIO} if the PICs are in the kernel, {@code
     *     EEXIST} if one is queued
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void inject(int vector) {
        if (vector < 0 || vector >= Vectors.COUNT) {
            throw new IllegalArgumentException(
                    "there is no vector %d: they are 0 to 255".formatted(vector));
        }
        vcpu.ioctl(INTERRUPT, Vectors.address(vector));
    }

    /**
     * Queues a non-maskable interrupt: {@code KVM_NMI}.
     *
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void injectNmi() {
        vcpu.ioctl(NMI, 0);
    }

    /**
     * Queues a system management interrupt: {@code KVM_SMI}. Needs {@link Capability#X86_SMM}.
     *
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void injectSmi() {
        vcpu.ioctl(SMI, 0);
    }

    /**
     * What is pending: {@code KVM_GET_VCPU_EVENTS}.
     *
     * @return exceptions, interrupts, NMIs and what masks them
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public VcpuEvents events() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment events = arena.allocate(kvm_vcpu_events.layout());
            vcpu.ioctl(GET_VCPU_EVENTS, events);
            return VcpuEventsCodec.load(events);
        }
    }

    /**
     * Sets what is pending: {@code KVM_SET_VCPU_EVENTS}.
     *
     * @param pending exceptions, interrupts, NMIs and what masks them
     * @throws kvm4j.linux.LinuxException {@code EINVAL} if they cannot be together
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void setEvents(VcpuEvents pending) {
        try (Arena arena = Arena.ofConfined()) {
            settingEvents(pending, arena).makeTo(vcpu);
        }
    }

    /** What {@link #setEvents} asks for. */
    static VcpuRequest settingEvents(VcpuEvents pending, SegmentAllocator memory) {
        MemorySegment events = memory.allocate(kvm_vcpu_events.layout());
        VcpuEventsCodec.store(pending, events);
        return new VcpuRequest(SET_VCPU_EVENTS, events);
    }

    /**
     * The local APIC's registers: {@code KVM_GET_LAPIC}.
     *
     * @return its page, whose register at offset n is {@code intAt(n)}; Intel SDM volume 3, table
     *     12-1
     * @throws kvm4j.linux.LinuxException {@code EINVAL} if there is none in the kernel
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public Bytes localApic() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(kvm_lapic_state.layout());
            vcpu.ioctl(GET_LAPIC, state);
            return Bytes.copyOf(state);
        }
    }

    /**
     * Sets the local APIC's registers: {@code KVM_SET_LAPIC}.
     *
     * @param registers its page, as {@link #localApic()} gives it
     * @throws IllegalArgumentException if it is of another size
     * @throws kvm4j.linux.LinuxException {@code EINVAL} if there is none in the kernel
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void setLocalApic(Bytes registers) {
        try (Arena arena = Arena.ofConfined()) {
            settingLocalApic(registers, arena).makeTo(vcpu);
        }
    }

    /** What {@link #setLocalApic} asks for. */
    static VcpuRequest settingLocalApic(Bytes registers, SegmentAllocator memory) {
        if (registers.size() != KvmUapi.KVM_APIC_REG_SIZE()) {
            throw new IllegalArgumentException(
                    "the local APIC's page has %d bytes: %d"
                            .formatted(KvmUapi.KVM_APIC_REG_SIZE(), registers.size()));
        }
        MemorySegment state = memory.allocate(kvm_lapic_state.layout());
        registers.copyTo(state);
        return new VcpuRequest(SET_LAPIC, state);
    }

    /**
     * Whether the processor runs: {@code KVM_GET_MP_STATE}.
     *
     * @return what it does, or waits for
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public MpState mpState() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(kvm_mp_state.layout());
            vcpu.ioctl(GET_MP_STATE, state);
            return MpStateCodec.load(state);
        }
    }

    /**
     * Says whether the processor runs: {@code KVM_SET_MP_STATE}.
     *
     * @param newState what it does, or waits for; without local APICs in the kernel only {@link
     *     MpState#RUNNABLE}
     * @throws kvm4j.linux.LinuxException {@code EINVAL} for a state that cannot be
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void setMpState(MpState newState) {
        try (Arena arena = Arena.ofConfined()) {
            settingMpState(newState, arena).makeTo(vcpu);
        }
    }

    /** What {@link #setMpState} asks for. */
    static VcpuRequest settingMpState(MpState newState, SegmentAllocator memory) {
        MemorySegment state = memory.allocate(kvm_mp_state.layout());
        MpStateCodec.store(newState, state);
        return new VcpuRequest(SET_MP_STATE, state);
    }

    /**
     * Says whether accesses to the task priority register exit as {@link ExitReason#TPR_ACCESS}:
     * {@code KVM_TPR_ACCESS_REPORTING}. Needs {@link Capability#VAPIC} and a local APIC in the
     * kernel.
     *
     * @param wanted whether they do
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void reportTaskPriorityAccesses(boolean wanted) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment control = arena.allocate(kvm_tpr_access_ctl.layout());
            kvm_tpr_access_ctl.enabled(control, wanted ? 1 : 0);
            vcpu.ioctl(TPR_ACCESS_REPORTING, control);
        }
    }

    /**
     * Says where the task priority is shared with the guest's patched accesses: {@code
     * KVM_SET_VAPIC_ADDR}. Needs {@link Capability#VAPIC} and a local APIC in the kernel.
     *
     * @param gpa guest-physical address of 4 bytes, 0 for none
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void setVapicAddress(long gpa) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(kvm_vapic_addr.layout());
            kvm_vapic_addr.vapic_addr(address, gpa);
            vcpu.ioctl(SET_VAPIC_ADDR, address);
        }
    }
}
