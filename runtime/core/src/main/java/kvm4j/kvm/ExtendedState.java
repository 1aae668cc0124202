package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_fpu;
import kvm4j.bindings.kvm.kvm_xcr;
import kvm4j.bindings.kvm.kvm_xcrs;
import kvm4j.linux.InterruptibleDescriptor;
import kvm4j.linux.Ioctl;
import kvm4j.x86.Bytes;
import kvm4j.x86.ExtendedControlRegister;
import kvm4j.x86.FpuState;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** The floating-point, vector and other extended state of a vCPU. */
public final class ExtendedState {

    private static final Ioctl GET_FPU = new Ioctl("KVM_GET_FPU", KvmUapi.KVM_GET_FPU());
    private static final Ioctl SET_FPU = new Ioctl("KVM_SET_FPU", KvmUapi.KVM_SET_FPU());
    private static final Ioctl GET_XSAVE = new Ioctl("KVM_GET_XSAVE", KvmUapi.KVM_GET_XSAVE());
    private static final Ioctl GET_XSAVE2 = new Ioctl("KVM_GET_XSAVE2", KvmUapi.KVM_GET_XSAVE2());
    private static final Ioctl SET_XSAVE = new Ioctl("KVM_SET_XSAVE", KvmUapi.KVM_SET_XSAVE());
    private static final Ioctl GET_XCRS = new Ioctl("KVM_GET_XCRS", KvmUapi.KVM_GET_XCRS());
    private static final Ioctl SET_XCRS = new Ioctl("KVM_SET_XCRS", KvmUapi.KVM_SET_XCRS());

    /**
     * The size that {@code KVM_GET_XSAVE} writes, and the least that {@code KVM_SET_XSAVE} reads.
     */
    private static final int LEGACY_SIZE = 4096;

    /** What the kernel wants an XSAVE area to be aligned to. */
    private static final int ALIGNMENT = 64;

    private final InterruptibleDescriptor vcpu;
    private final Vm vm;

    /** What {@code KVM_CAP_XSAVE2} answers, once it was asked for: it is the same all the time. */
    private OptionalInt size = OptionalInt.empty();

    ExtendedState(InterruptibleDescriptor vcpu, Vm vm) {
        this.vcpu = vcpu;
        this.vm = vm;
    }

    private int size() {
        if (size.isEmpty()) {
            size = OptionalInt.of(vm.check(Capability.XSAVE2));
        }
        return size.getAsInt();
    }

    /**
     * The x87 and SSE registers: {@code KVM_GET_FPU}.
     *
     * @return their values
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public FpuState fpu() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment fpu = arena.allocate(kvm_fpu.layout());
            vcpu.ioctl(GET_FPU, fpu);
            return FpuCodec.load(fpu);
        }
    }

    /**
     * Sets the x87 and SSE registers: {@code KVM_SET_FPU}. On a host with XSAVE the guest sees them
     * only if XSTATE_BV of the {@linkplain #xsave() XSAVE area} says that they are in use, which
     * this does not change.
     *
     * @param registers their values
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void setFpu(FpuState registers) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment fpu = arena.allocate(kvm_fpu.layout());
            FpuCodec.store(registers, fpu);
            vcpu.ioctl(SET_FPU, fpu);
        }
    }

    /**
     * All extended state, as XSAVE lays it out: {@code KVM_GET_XSAVE2}, or {@code KVM_GET_XSAVE} on
     * a host that lacks it. Where each part is says CPUID leaf 0xd.
     *
     * @return the area, at least 4096 bytes
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public Bytes xsave() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment area = arena.allocate(Math.max(size(), LEGACY_SIZE), ALIGNMENT);
            vcpu.ioctl(size() == 0 ? GET_XSAVE : GET_XSAVE2, area);
            return Bytes.copyOf(area);
        }
    }

    /**
     * Sets all extended state: {@code KVM_SET_XSAVE}.
     *
     * @param state the area, as {@link #xsave()} gives it
     * @throws IllegalArgumentException if it is smaller than what the kernel reads
     * @throws kvm4j.linux.LinuxException {@code EINVAL} for a state that cannot be
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void setXsave(Bytes state) {
        try (Arena arena = Arena.ofConfined()) {
            settingXsave(state, arena).makeTo(vcpu);
        }
    }

    /** What {@link #setXsave} asks for. */
    VcpuRequest settingXsave(Bytes state, SegmentAllocator memory) {
        int least = Math.max(size(), LEGACY_SIZE);
        if (state.size() < least) {
            throw new IllegalArgumentException(
                    "the extended state has %d bytes: %d".formatted(least, state.size()));
        }
        MemorySegment area = memory.allocate(state.size(), ALIGNMENT);
        state.copyTo(area);
        return new VcpuRequest(SET_XSAVE, area);
    }

    /**
     * The extended control registers: {@code KVM_GET_XCRS}.
     *
     * @return their values
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public List<ExtendedControlRegister> controlRegisters() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment xcrs = arena.allocate(kvm_xcrs.layout());
            vcpu.ioctl(GET_XCRS, xcrs);
            List<ExtendedControlRegister> registers = new ArrayList<>();
            for (int i = 0; i < kvm_xcrs.nr_xcrs(xcrs); i++) {
                MemorySegment xcr = kvm_xcrs.xcrs(xcrs, i);
                registers.add(new ExtendedControlRegister(kvm_xcr.xcr(xcr), kvm_xcr.value(xcr)));
            }
            return List.copyOf(registers);
        }
    }

    /**
     * Sets extended control registers: {@code KVM_SET_XCRS}.
     *
     * @param registers their values, up to 16
     * @throws IllegalArgumentException if there are more
     * @throws kvm4j.linux.LinuxException {@code EINVAL} for a value that the guest's CPUID does not
     *     allow
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void setControlRegisters(List<ExtendedControlRegister> registers) {
        try (Arena arena = Arena.ofConfined()) {
            settingControlRegisters(registers, arena).makeTo(vcpu);
        }
    }

    /** What {@link #setControlRegisters} asks for. */
    static VcpuRequest settingControlRegisters(
            List<ExtendedControlRegister> registers, SegmentAllocator memory) {
        if (registers.size() > KvmUapi.KVM_MAX_XCRS()) {
            throw new IllegalArgumentException(
                    "there are at most %d extended control registers: %d"
                            .formatted(KvmUapi.KVM_MAX_XCRS(), registers.size()));
        }
        MemorySegment xcrs = memory.allocate(kvm_xcrs.layout());
        kvm_xcrs.nr_xcrs(xcrs, registers.size());
        for (int i = 0; i < registers.size(); i++) {
            MemorySegment xcr = kvm_xcrs.xcrs(xcrs, i);
            kvm_xcr.xcr(xcr, registers.get(i).index());
            kvm_xcr.value(xcr, registers.get(i).value());
        }
        return new VcpuRequest(SET_XCRS, xcrs);
    }
}
