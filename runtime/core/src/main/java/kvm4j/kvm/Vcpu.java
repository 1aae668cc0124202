package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_regs;
import kvm4j.bindings.kvm.kvm_sregs;
import kvm4j.bindings.libc.Libc;
import kvm4j.linux.InterruptibleDescriptor;
import kvm4j.linux.Ioctl;
import kvm4j.linux.LinuxException;
import kvm4j.linux.Mapping;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A processor of a virtual machine.
 *
 * <p>Used by one platform thread at a time, best by the same for all its life: the kernel keeps the
 * VMCS loaded on the CPU where that thread runs. While one thread is in {@link #run()}, another's
 * call is an {@link IllegalStateException}; only {@link #interrupt} of the run and {@link #close()}
 * are for other threads.
 *
 * {@snippet :
 * while (vcpu.run() == ExitReason.IO) {
 *     KvmRun exit = vcpu.exit();
 *     System.out.printf("port 0x%x: 0x%x%n", exit.ioPort(), exit.ioValue(0));
 * }
 * }
 */
public final class Vcpu implements AutoCloseable {

    private static final Ioctl RUN = new Ioctl("KVM_RUN", KvmUapi.KVM_RUN());
    private static final Ioctl GET_REGS = new Ioctl("KVM_GET_REGS", KvmUapi.KVM_GET_REGS());
    private static final Ioctl SET_REGS = new Ioctl("KVM_SET_REGS", KvmUapi.KVM_SET_REGS());
    private static final Ioctl GET_SREGS = new Ioctl("KVM_GET_SREGS", KvmUapi.KVM_GET_SREGS());
    private static final Ioctl SET_SREGS = new Ioctl("KVM_SET_SREGS", KvmUapi.KVM_SET_SREGS());

    private static final Ioctl GET_CPUID2 = new Ioctl("KVM_GET_CPUID2", KvmUapi.KVM_GET_CPUID2());
    private static final Ioctl SET_CPUID2 = new Ioctl("KVM_SET_CPUID2", KvmUapi.KVM_SET_CPUID2());

    private final int id;
    private final InterruptibleDescriptor descriptor;
    private final Mapping mapping;
    private final KvmRun exit;

    private Vcpu(int id, InterruptibleDescriptor descriptor, Mapping mapping) {
        this.id = id;
        this.descriptor = descriptor;
        this.mapping = mapping;
        this.exit = new KvmRun(mapping.segment());
    }

    static Vcpu of(int id, InterruptibleDescriptor descriptor, int mmapSize) {
        try {
            return new Vcpu(id, descriptor, Mapping.shared(descriptor.number(), 0, mmapSize));
        } catch (RuntimeException e) {
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
     */
    public void interrupt() {
        descriptor.interrupt();
    }

    /**
     * The general purpose registers: {@code KVM_GET_REGS}.
     *
     * @return their values
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public Registers registers() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment regs = arena.allocate(kvm_regs.layout());
            descriptor.ioctl(GET_REGS, regs);
            return Registers.load(regs);
        }
    }

    /**
     * Sets the general purpose registers: {@code KVM_SET_REGS}.
     *
     * @param registers their values
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void setRegisters(Registers registers) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment regs = arena.allocate(kvm_regs.layout());
            registers.store(regs);
            descriptor.ioctl(SET_REGS, regs);
        }
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
            return SpecialRegisters.load(sregs);
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
            MemorySegment sregs = arena.allocate(kvm_sregs.layout());
            registers.store(sregs);
            descriptor.ioctl(SET_SREGS, sregs);
        }
    }

    /**
     * What CPUID answers on this processor: {@code KVM_GET_CPUID2}.
     *
     * @return what {@link #setCpuId} set last, with what KVM changed in it
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public CpuId cpuId() {
        return CpuId.query(
                GET_CPUID2, structure -> descriptor.tryIoctl(GET_CPUID2, structure.address()));
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
            descriptor.ioctl(SET_CPUID2, cpuId.store(arena));
        }
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
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void enable(Capability capability, long... arguments) {
        try (Arena arena = Arena.ofConfined()) {
            descriptor.ioctl(
                    CapabilitySwitch.ENABLE_CAP,
                    CapabilitySwitch.structure(arena, capability, arguments));
        }
    }

    /** Stops the run that is in progress, if one is, and closes. Does nothing the second time. */
    @Override
    public void close() {
        synchronized (mapping) {
            if (mapping.segment().scope().isAlive()) {
                exit.requestImmediateExit();
                descriptor.close();
                mapping.close();
            }
        }
    }

    @Override
    public String toString() {
        return descriptor.toString();
    }
}
