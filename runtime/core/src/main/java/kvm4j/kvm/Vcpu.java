package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_debugregs;
import kvm4j.bindings.kvm.kvm_regs;
import kvm4j.bindings.kvm.kvm_sregs;
import kvm4j.bindings.kvm.kvm_sregs2;
import kvm4j.bindings.kvm.kvm_translation;
import kvm4j.bindings.libc.Libc;
import kvm4j.kvm.memory.CoalescedRing;
import kvm4j.kvm.memory.DirtyRing;
import kvm4j.kvm.msr.Msrs;
import kvm4j.linux.InterruptibleDescriptor;
import kvm4j.linux.Ioctl;
import kvm4j.linux.LinuxException;
import kvm4j.linux.Mapping;
import kvm4j.x86.CpuId;
import kvm4j.x86.DebugRegisters;
import kvm4j.x86.MachineCheck;
import kvm4j.x86.Msr;
import kvm4j.x86.NestedState;
import kvm4j.x86.Registers;
import kvm4j.x86.SpecialRegisters;
import kvm4j.x86.SpecialRegisters2;
import kvm4j.x86.VcpuState;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.OptionalLong;

/**
 * A processor of a virtual machine.
 *
 * <p>Used by one thread at a time, which has to be a platform thread to {@link #run()}; best by the
 * same for all its life: the kernel keeps the VMCS loaded on the CPU where that thread runs. While
 * one thread is in {@link #run()}, another's call is an {@link IllegalStateException}; only {@link
 * #interrupt} of the run and {@link #close()} are for other threads.
 *
 * {@snippet :
 * while (vcpu.run() == ExitReason.IO) {
 *     KvmRun exit = vcpu.exit();
 *     System.out.printf("port 0x%x: 0x%x%n", exit.ioPort(), exit.ioValue(0));
 * }
 * }
 */
public final class Vcpu implements AutoCloseable {

    /** The request that blocks, for as long as the guest runs. */
    static final Ioctl RUN = new Ioctl("KVM_RUN", KvmUapi.KVM_RUN());

    private static final Ioctl GET_REGS = new Ioctl("KVM_GET_REGS", KvmUapi.KVM_GET_REGS());
    private static final Ioctl SET_REGS = new Ioctl("KVM_SET_REGS", KvmUapi.KVM_SET_REGS());
    private static final Ioctl GET_SREGS = new Ioctl("KVM_GET_SREGS", KvmUapi.KVM_GET_SREGS());
    private static final Ioctl SET_SREGS = new Ioctl("KVM_SET_SREGS", KvmUapi.KVM_SET_SREGS());

    private static final Ioctl GET_CPUID2 = new Ioctl("KVM_GET_CPUID2", KvmUapi.KVM_GET_CPUID2());
    private static final Ioctl SET_CPUID2 = new Ioctl("KVM_SET_CPUID2", KvmUapi.KVM_SET_CPUID2());

    private static final Ioctl GET_SUPPORTED_HV_CPUID =
            new Ioctl("KVM_GET_SUPPORTED_HV_CPUID", KvmUapi.KVM_GET_SUPPORTED_HV_CPUID());

    private static final Ioctl GET_SREGS2 = new Ioctl("KVM_GET_SREGS2", KvmUapi.KVM_GET_SREGS2());
    private static final Ioctl SET_SREGS2 = new Ioctl("KVM_SET_SREGS2", KvmUapi.KVM_SET_SREGS2());
    private static final Ioctl GET_DEBUGREGS =
            new Ioctl("KVM_GET_DEBUGREGS", KvmUapi.KVM_GET_DEBUGREGS());
    private static final Ioctl SET_DEBUGREGS =
            new Ioctl("KVM_SET_DEBUGREGS", KvmUapi.KVM_SET_DEBUGREGS());
    private static final Ioctl TRANSLATE = new Ioctl("KVM_TRANSLATE", KvmUapi.KVM_TRANSLATE());
    private static final Ioctl X86_SETUP_MCE =
            new Ioctl("KVM_X86_SETUP_MCE", KvmUapi.KVM_X86_SETUP_MCE());
    private static final Ioctl X86_SET_MCE =
            new Ioctl("KVM_X86_SET_MCE", KvmUapi.KVM_X86_SET_MCE());

    /**
     * Where registers pass to and from the kernel, perhaps at every exit: allocated once for each
     * thread, freed some time after it.
     */
    private static final ThreadLocal<MemorySegment> REGS =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(kvm_regs.layout()));

    /** How many exits an instruction can have: more than any does. */
    private static final int MAXIMUM_EXITS = 4096;

    private final Vm vm;
    private final int id;
    private final InterruptibleDescriptor descriptor;
    private final Mapping mapping;
    private final KvmRun exit;
    private final DirtyRing dirtyRing;
    private final VcpuClock clock;
    private final ExtendedState extendedState;
    private CpuId configuredCpuId;
    private VcpuStateSaving stateSaving;

    /** MSRs that cannot be written, with the values that they were seen to have. */
    private List<Msr> fixedMsrs = List.of();

    private Vcpu(
            Vm vm,
            int id,
            InterruptibleDescriptor descriptor,
            Mapping mapping,
            DirtyRing dirtyRing) {
        this.vm = vm;
        this.id = id;
        this.descriptor = descriptor;
        this.mapping = mapping;
        this.exit = new KvmRun(mapping.segment());
        this.dirtyRing = dirtyRing;
        this.clock = new VcpuClock(descriptor, vm);
        this.extendedState = new ExtendedState(descriptor, vm);
    }

    /** Maps what the vCPU shares with the kernel; its dirty ring only if that has a size. */
    static Vcpu of(
            Vm vm, int id, InterruptibleDescriptor descriptor, int runSize, int dirtyRingSize) {
        Mapping mapping = null;
        DirtyRing ring = null;
        try {
            mapping = Mapping.shared(descriptor.number(), 0, runSize);
            if (dirtyRingSize != 0) {
                ring = DirtyRing.map(descriptor.number(), dirtyRingSize);
            }
            return new Vcpu(vm, id, descriptor, mapping, ring);
        } catch (Throwable e) {
            if (ring != null) {
                ring.close();
            }
            if (mapping != null) {
                mapping.close();
            }
            descriptor.close();
            throw e;
        }
    }

    /**
     * The vCPU's number.
     *
     * @return the number it was created with
     */
    public int id() {
        return id;
    }

    /**
     * The page that says what the last exit was about, and that takes the answer.
     *
     * @return the page, the same for all the vCPU's life
     */
    public KvmRun exit() {
        return exit;
    }

    /**
     * Enters the guest, and returns at the first exit that the kernel does not handle by itself:
     * {@code KVM_RUN}; VMLAUNCH or VMRESUME, VMRUN on AMD. Allocates nothing.
     *
     * @return why the guest was left; {@link ExitReason#INTR} if a signal, {@link #interrupt()} or
     *     {@link KvmRun#requestImmediateExit()} ended the run, or if it has to be repeated
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if the vCPU is closed, or another thread is using it, or the
     *     thread is virtual
     */
    public ExitReason run() {
        int result = descriptor.tryIoctl(RUN, 0);
        return result == 0 ? exit.exitReason() : interruptedOrFailed(-result);
    }

    private ExitReason interruptedOrFailed(int errno) {
        if (errno == Libc.EINTR() || errno == Libc.EAGAIN()) {
            exit.noteInterruption();
            return ExitReason.INTR;
        }
        boolean described = exit.exitReason() == ExitReason.MEMORY_FAULT;
        if (described && (errno == Libc.EFAULT() || errno == Libc.EHWPOISON())) {
            return ExitReason.MEMORY_FAULT;
        }
        throw RUN.failed(0, errno);
    }

    /**
     * Makes the run that another thread is in return {@link ExitReason#INTR}. A run that is about
     * to begin is not affected: ask for an {@linkplain KvmRun#requestImmediateExit() immediate
     * exit} first to catch that one too.
     *
     * @throws LinuxException if the kernel refuses to send the signal
     */
    public void interrupt() {
        descriptor.interrupt();
    }

    /**
     * Lets the kernel finish what the last exit began, an IN with its answer or an instruction that
     * was passed over, without entering the guest: {@code KVM_RUN} with {@code immediate_exit}.
     * Only then are registers and memory those between two instructions (KVM API documentation,
     * section 5, KVM_EXIT_IO and KVM_EXIT_MMIO). A {@linkplain KvmRun#requestImmediateExit()
     * request} that another thread makes meanwhile is lost.
     *
     * @return {@link ExitReason#INTR} if all is finished; else one more exit of the same
     *     instruction, to be handled first
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException as {@link #run()} throws it
     */
    public ExitReason completeExit() {
        exit.requestImmediateExit();
        try {
            return run();
        } finally {
            exit.clearImmediateExit();
        }
    }

    /**
     * All that the processor is, to be given to it or to another later. What belongs to the whole
     * VM, {@link Vm#saveState()} has. The other processors should be outside of the guest too,
     * since they send each other interrupts.
     *
     * @return the state
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if the vCPU is closed or running, or its last exit is not
     *     {@linkplain #completeExit() complete} before another is handled
     */
    public VcpuState saveState() {
        if (hasExited()) {
            ExitReason next = completeExit();
            if (next != ExitReason.INTR) {
                throw new IllegalStateException(
                        "%s is inside an instruction: handle its exit %s first"
                                .formatted(descriptor, next));
            }
        }
        return stateSaving().save();
    }

    /**
     * Gives the processor a state, in place of the one that it has. The controllers that the state
     * has must be there; a CPUID other than the one that is set can be given only before the first
     * run. Goes before {@link Vm#restoreState}, which may raise interrupts.
     *
     * <p>The TSC goes on from the value that it had, or from a later one: the kernel takes a value
     * within a second of what the counter would show by itself for an attempt to keep processors in
     * step, and leaves the counter to that. Who needs it exact {@linkplain VcpuClock#setTscOffset
     * sets the offset} of all processors by the same difference afterwards.
     *
     * @param state the state, from {@link #saveState()} of a processor with the same number
     * @throws kvm4j.kvm.msr.UnsupportedMsrException if it has an MSR that this host refuses
     * @throws LinuxException if the kernel refuses another part
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void restoreState(VcpuState state) {
        restoreState(new PreparedVcpuState(state));
    }

    /**
     * Gives the processor a state as {@link #restoreState(VcpuState)} does, but for the TSC, which
     * stays what it is (no {@code KVM_SET_MSRS} of IA32_TIME_STAMP_COUNTER), and a deadline in
     * IA32_TSC_DEADLINE, which is taken off: for those who set the TSC of all processors
     * afterwards, and then the deadlines.
     *
     * @param state the state
     * @throws kvm4j.kvm.msr.UnsupportedMsrException as {@link #restoreState(VcpuState)} throws it
     * @throws LinuxException as {@link #restoreState(VcpuState)} throws it
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void restoreStateExceptTsc(VcpuState state) {
        restoreState(PreparedVcpuState.exceptTsc(state));
    }

    /**
     * Gives the processor a state as {@link #restoreState(VcpuState)} does, from structures that
     * are filled in already if it is not the first that it is given to.
     *
     * @param state the state
     * @throws kvm4j.kvm.msr.UnsupportedMsrException as {@link #restoreState(VcpuState)} throws it
     * @throws LinuxException as {@link #restoreState(VcpuState)} throws it
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void restoreState(PreparedVcpuState state) {
        abandonExit();
        VcpuStateRequests requests = state.requests(this, clock.stateFeatures());
        if (!state.cpuId().equals(configuredCpuId)) {
            setCpuId(state.cpuId(), requests.settingCpuId());
        }
        requests.makeTo(this, descriptor);
    }

    /** Whether MSRs have these values: asked once, as no guest changes what cannot be written. */
    boolean hasFixed(List<Msr> values) {
        if (!values.equals(fixedMsrs)) {
            int[] indices = values.stream().mapToInt(Msr::index).toArray();
            if (!msrs().getReadable(indices).equals(values)) {
                return false;
            }
            fixedMsrs = values;
        }
        return true;
    }

    /** Whether there may be an exit to complete. A vCPU that never ran must not run for that. */
    private boolean hasExited() {
        ExitReason reason = exit.exitReason();
        return reason != ExitReason.UNKNOWN && reason != ExitReason.INTR;
    }

    /** What an exit still has to change in the registers, it changes before they are replaced. */
    private void abandonExit() {
        int exits = 0;
        while (hasExited() && completeExit() != ExitReason.INTR) {
            exits++;
            if (exits == MAXIMUM_EXITS) {
                throw new IllegalStateException(
                        "%s does not come to the end of an instruction".formatted(descriptor));
            }
        }
    }

    /** What was set, without what KVM changes in it as the guest runs, or else what KVM answers. */
    CpuId definingCpuId() {
        return configuredCpuId == null ? cpuId() : configuredCpuId;
    }

    private VcpuStateSaving stateSaving() {
        if (stateSaving == null) {
            stateSaving = new VcpuStateSaving(this, clock.stateFeatures());
        }
        return stateSaving;
    }

    /**
     * The general purpose registers: {@code KVM_GET_REGS}.
     *
     * @return their values
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public Registers registers() {
        MemorySegment regs = REGS.get();
        descriptor.ioctl(GET_REGS, regs);
        return RegistersCodec.load(regs);
    }

    /**
     * Sets the general purpose registers: {@code KVM_SET_REGS}.
     *
     * @param registers their values
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void setRegisters(Registers registers) {
        MemorySegment regs = REGS.get();
        RegistersCodec.store(registers, regs);
        descriptor.ioctl(SET_REGS, regs);
    }

    /** What {@link #setRegisters} asks for. */
    static VcpuRequest setting(Registers registers, SegmentAllocator memory) {
        MemorySegment regs = memory.allocate(kvm_regs.layout());
        RegistersCodec.store(registers, regs);
        return new VcpuRequest(SET_REGS, regs);
    }

    /**
     * The segment, descriptor-table and control registers: {@code KVM_GET_SREGS}.
     *
     * @return their values
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public SpecialRegisters specialRegisters() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment sregs = arena.allocate(kvm_sregs.layout());
            descriptor.ioctl(GET_SREGS, sregs);
            return SpecialRegistersCodec.load(sregs);
        }
    }

    /**
     * Sets the segment, descriptor-table and control registers: {@code KVM_SET_SREGS}.
     *
     * @param registers their values
     * @throws LinuxException {@code EINVAL} if they cannot be together
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void setSpecialRegisters(SpecialRegisters registers) {
        try (Arena arena = Arena.ofConfined()) {
            setting(registers, arena).makeTo(descriptor);
        }
    }

    /** What {@link #setSpecialRegisters} asks for. */
    static VcpuRequest setting(SpecialRegisters registers, SegmentAllocator memory) {
        MemorySegment sregs = memory.allocate(kvm_sregs.layout());
        SpecialRegistersCodec.store(registers, sregs);
        return new VcpuRequest(SET_SREGS, sregs);
    }

    /**
     * Gives the vCPU, which has not run yet, the registers in which it enters an image: {@code
     * KVM_SET_SREGS}, {@code KVM_SET_REGS}.
     *
     * @param registers the general purpose registers
     * @param special the others; the APIC base stays as it is, since it says whether this is the
     *     bootstrap processor
     * @throws LinuxException {@code EINVAL} if they cannot be together
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void enterAt(Registers registers, SpecialRegisters special) {
        setSpecialRegisters(special.withApicBase(specialRegisters().apicBase()));
        setRegisters(registers);
    }

    /**
     * The special registers with the page directory pointers of PAE: {@code KVM_GET_SREGS2}. Needs
     * {@link Capability#SREGS2}.
     *
     * @return their values
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public SpecialRegisters2 specialRegisters2() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment sregs = arena.allocate(kvm_sregs2.layout());
            descriptor.ioctl(GET_SREGS2, sregs);
            return SpecialRegistersCodec.load2(sregs);
        }
    }

    /**
     * Sets the special registers with the page directory pointers of PAE: {@code KVM_SET_SREGS2}.
     * Needs {@link Capability#SREGS2}.
     *
     * @param registers their values
     * @throws LinuxException {@code EINVAL} if they cannot be together
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void setSpecialRegisters2(SpecialRegisters2 registers) {
        try (Arena arena = Arena.ofConfined()) {
            setting(registers, arena).makeTo(descriptor);
        }
    }

    /** What {@link #setSpecialRegisters2} asks for. */
    static VcpuRequest setting(SpecialRegisters2 registers, SegmentAllocator memory) {
        MemorySegment sregs = memory.allocate(kvm_sregs2.layout());
        SpecialRegistersCodec.store(registers, sregs);
        return new VcpuRequest(SET_SREGS2, sregs);
    }

    /**
     * The guest's debug registers: {@code KVM_GET_DEBUGREGS}.
     *
     * @return their values
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public DebugRegisters debugRegisters() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment registers = arena.allocate(kvm_debugregs.layout());
            descriptor.ioctl(GET_DEBUGREGS, registers);
            return DebugRegistersCodec.load(registers);
        }
    }

    /**
     * Sets the guest's debug registers: {@code KVM_SET_DEBUGREGS}.
     *
     * @param values their values
     * @throws LinuxException {@code EINVAL} for values that cannot be
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void setDebugRegisters(DebugRegisters values) {
        try (Arena arena = Arena.ofConfined()) {
            setting(values, arena).makeTo(descriptor);
        }
    }

    /** What {@link #setDebugRegisters} asks for. */
    static VcpuRequest setting(DebugRegisters values, SegmentAllocator memory) {
        MemorySegment registers = memory.allocate(kvm_debugregs.layout());
        DebugRegistersCodec.store(values, registers);
        return new VcpuRequest(SET_DEBUGREGS, registers);
    }

    /**
     * Registers in the run page, without an ioctl. Needs {@link Capability#SYNC_REGS}.
     *
     * @return a view of them, good for all the vCPU's life
     */
    public SyncedRegisters syncedRegisters() {
        return new SyncedRegisters(mapping.segment());
    }

    /**
     * Floating-point, vector and other extended state.
     *
     * @return a view of it, good for all the vCPU's life
     */
    public ExtendedState extendedState() {
        return extendedState;
    }

    /**
     * What the processor knows of guests of its guest: {@code KVM_GET_NESTED_STATE}. Needs {@link
     * Capability#NESTED_STATE}.
     *
     * @return the state
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public NestedState nestedState() {
        return NestedStateCodec.get(descriptor);
    }

    /**
     * Sets what the processor knows of guests of its guest: {@code KVM_SET_NESTED_STATE}. Needs
     * {@link Capability#NESTED_STATE}.
     *
     * @param state the state
     * @throws LinuxException {@code EINVAL} for one that cannot be
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void setNestedState(NestedState state) {
        try (Arena arena = Arena.ofConfined()) {
            NestedStateCodec.setting(state, arena).makeTo(descriptor);
        }
    }

    /**
     * The time-stamp counter, and what the guest is told of lost time.
     *
     * @return a view of it, good for all the vCPU's life
     */
    public VcpuClock clock() {
        return clock;
    }

    /**
     * Walks the guest's page tables: {@code KVM_TRANSLATE}.
     *
     * @param linearAddress what the guest would access, its segment's base added
     * @return the guest-physical address, empty if no page is mapped there
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public OptionalLong translate(long linearAddress) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment translation = arena.allocate(kvm_translation.layout());
            kvm_translation.linear_address(translation, linearAddress);
            descriptor.ioctl(TRANSLATE, translation);
            return kvm_translation.valid(translation) == 0
                    ? OptionalLong.empty()
                    : OptionalLong.of(kvm_translation.physical_address(translation));
        }
    }

    /**
     * Populates guest memory ahead of the guest: {@code KVM_PRE_FAULT_MEMORY}. Needs {@link
     * Capability#PRE_FAULT_MEMORY}.
     *
     * @param gpa guest-physical address of the first byte, a multiple of 4096
     * @param size in bytes, a multiple of 4096
     * @throws LinuxException {@code ENOENT} where there is no memory, {@code EINVAL} for parts of
     *     pages or none; what was before that is populated
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void preFault(long gpa, long size) {
        MemoryPopulation.populate(descriptor::tryIoctl, gpa, size);
    }

    /**
     * Gives the guest machine check banks: {@code KVM_X86_SETUP_MCE}.
     *
     * @param capabilities MCG_CAP: how many banks in the low 8 bits, and flags of {@link
     *     Kvm#machineCheckCapabilities()}
     * @throws LinuxException {@code EINVAL} for more than the host has
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void setUpMachineChecks(long capabilities) {
        try (Arena arena = Arena.ofConfined()) {
            descriptor.ioctl(
                    X86_SETUP_MCE, arena.allocateFrom(ValueLayout.JAVA_LONG, capabilities));
        }
    }

    /**
     * Raises a machine check: {@code KVM_X86_SET_MCE}. One that is not corrected resets a guest
     * that is not ready for it.
     *
     * @param machineCheck what the guest finds in a bank
     * @throws LinuxException {@code EINVAL} for a bank that is not there, or a status that is not
     *     valid
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void raise(MachineCheck machineCheck) {
        try (Arena arena = Arena.ofConfined()) {
            descriptor.ioctl(X86_SET_MCE, MachineCheckCodec.store(machineCheck, arena));
        }
    }

    /**
     * The pages that this processor wrote, where its VM has {@linkplain Vm#createDirtyRings dirty
     * rings}.
     *
     * @return the ring
     * @throws IllegalStateException if the VM had none when the vCPU was created
     */
    public DirtyRing dirtyRing() {
        if (dirtyRing == null) {
            throw new IllegalStateException(descriptor + " has no dirty ring");
        }
        return dirtyRing;
    }

    /**
     * The writes of the VM that were collected instead of exiting; the same ring for all its vCPUs.
     * Needs {@link Capability#COALESCED_MMIO}.
     *
     * @return the ring
     */
    public CoalescedRing coalescedRing() {
        return new CoalescedRing(mapping);
    }

    /**
     * What the kernel counts for this processor: {@code KVM_GET_STATS_FD}. Needs {@link
     * Capability#BINARY_STATS_FD}.
     *
     * @return the statistics, to be closed by the caller
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public Statistics statistics() {
        return Statistics.of(descriptor.ioctl(Statistics.GET_STATS_FD, 0), "vCPU " + id);
    }

    /**
     * What CPUID answers on this processor: {@code KVM_GET_CPUID2}.
     *
     * @return what {@link #setCpuId} set last, with what KVM changed in it
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public CpuId cpuId() {
        return CpuIdCodec.query(
                GET_CPUID2, structure -> descriptor.tryIoctl(GET_CPUID2, structure));
    }

    /**
     * The CPUID leaves that show the guest KVM as Hyper-V: {@code KVM_GET_SUPPORTED_HV_CPUID}.
     *
     * @return the leaves; none if the host lacks {@link Capability#HYPERV_CPUID}
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public CpuId supportedHypervCpuId() {
        return vm.check(Capability.HYPERV_CPUID) == 0
                ? new CpuId(List.of())
                : CpuIdCodec.query(
                        GET_SUPPORTED_HV_CPUID,
                        structure -> descriptor.tryIoctl(GET_SUPPORTED_HV_CPUID, structure));
    }

    /**
     * Says what CPUID answers on this processor, before it first runs: {@code KVM_SET_CPUID2}.
     *
     * @param cpuId the leaves: best {@link Kvm#supportedCpuId()}, with what differs between
     *     processors changed; without any the guest sees a processor without features
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void setCpuId(CpuId cpuId) {
        try (Arena arena = Arena.ofConfined()) {
            setCpuId(cpuId, setting(cpuId, arena));
        }
    }

    private void setCpuId(CpuId cpuId, VcpuRequest setting) {
        setting.makeTo(descriptor);
        configuredCpuId = cpuId;
        stateSaving = null; // other MSRs
        fixedMsrs = List.of();
    }

    /** What {@link #setCpuId} asks for. */
    static VcpuRequest setting(CpuId cpuId, SegmentAllocator memory) {
        return new VcpuRequest(SET_CPUID2, CpuIdCodec.store(cpuId, memory));
    }

    /**
     * The model-specific registers.
     *
     * @return a view of them, good for all the vCPU's life
     */
    public Msrs msrs() {
        return new Msrs(descriptor);
    }

    /**
     * Single step and breakpoints.
     *
     * @return what switches them, good for all the vCPU's life
     */
    public GuestDebug debug() {
        return new GuestDebug(descriptor);
    }

    /**
     * Interrupts, NMIs, the local APIC, and what is pending of them.
     *
     * @return a view of them, good for all the vCPU's life
     */
    public VcpuInterrupts interrupts() {
        return new VcpuInterrupts(descriptor);
    }

    /**
     * Switches a capability on for this processor: {@code KVM_ENABLE_CAP}.
     *
     * @param capability the capability
     * @param arguments up to 4, as it defines
     * @throws LinuxException {@code EINVAL} if the host does not have it
     * @throws IllegalArgumentException for more than 4 arguments
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void enable(Capability capability, long... arguments) {
        enable(capability.code(), arguments);
    }

    /**
     * Switches a capability on by its number, for one that {@link Capability} does not name: {@code
     * KVM_ENABLE_CAP}.
     *
     * @param capability a number of the kernel's {@code KVM_CAP_*}
     * @param arguments up to 4, as it defines
     * @throws LinuxException {@code EINVAL} if the host does not have it
     * @throws IllegalArgumentException for more than 4 arguments
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void enable(int capability, long... arguments) {
        try (Arena arena = Arena.ofConfined()) {
            descriptor.ioctl(
                    CapabilitySwitch.ENABLE_CAP,
                    CapabilitySwitch.structure(arena, capability, arguments));
        }
    }

    /**
     * Makes a request that this library does not know: {@code ioctl(2)} on the vCPU.
     *
     * @param request its name, for messages, and its number
     * @param argument the argument, 0 if the request has none
     * @return the result, not negative; a descriptor is the caller's to close, best as a {@link
     *     kvm4j.linux.FileDescriptor}
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public int ioctl(Ioctl request, long argument) {
        return descriptor.ioctl(request, argument);
    }

    /**
     * Makes a request that this library does not know, with a structure: {@code ioctl(2)} on the
     * vCPU.
     *
     * @param request its name, for messages, and its number
     * @param structure the structure, in native memory, which is held until the call returns; what
     *     it points at is for the caller to hold
     * @return the result, as of {@link #ioctl(Ioctl, long)}
     * @throws LinuxException if the kernel refuses
     * @throws IllegalArgumentException if the structure is shorter than the request's number says,
     *     on the heap, or read-only where the kernel writes to it
     * @throws IllegalStateException if the vCPU is closed or running, or the structure's arena is
     *     closed
     */
    public int ioctl(Ioctl request, MemorySegment structure) {
        return descriptor.ioctl(request, structure);
    }

    /**
     * Stops the run that is in progress, if one is, and closes. Does nothing the second time.
     *
     * @throws LinuxException if the run cannot be interrupted; the vCPU stays open then
     * @throws IllegalStateException if the VM is {@linkplain Vm#entrust() entrusted} to an owner,
     *     who closes it with its vCPUs
     */
    @Override
    public void close() {
        vm.requireNoOwner();
        closeWithVm();
    }

    /** Closes, whoever owns the VM. */
    void closeWithVm() {
        synchronized (mapping) {
            if (mapping.segment().scope().isAlive()) {
                exit.requestImmediateExit();
                descriptor.close();
                mapping.close();
                if (dirtyRing != null) {
                    dirtyRing.close();
                }
            }
        }
    }

    @Override
    public String toString() {
        return descriptor.toString();
    }
}
