package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_guest_debug;
import kvm4j.bindings.kvm.kvm_guest_debug_arch;
import kvm4j.linux.InterruptibleDescriptor;
import kvm4j.linux.Ioctl;
import kvm4j.x86.HardwareBreakpoint;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;

/**
 * Debugging of the guest from outside: what makes {@link Vcpu#run()} return {@link
 * ExitReason#DEBUG}; {@code KVM_SET_GUEST_DEBUG}. The guest notices nothing of it but the time.
 */
public final class GuestDebug {

    private static final Ioctl SET_GUEST_DEBUG =
            new Ioctl("KVM_SET_GUEST_DEBUG", KvmUapi.KVM_SET_GUEST_DEBUG());

    /** What can be switched on: {@code KVM_GUESTDBG_*}. Which a host has: SET_GUEST_DEBUG2. */
    public enum Feature {
        /** Exit after each instruction. */
        SINGLE_STEP(KvmUapi.KVM_GUESTDBG_SINGLESTEP()),
        /** Exit at INT3 instead of raising a breakpoint exception in the guest. */
        SOFTWARE_BREAKPOINTS(KvmUapi.KVM_GUESTDBG_USE_SW_BP()),
        /** Raise a debug exception in the guest at the next entry. */
        INJECT_DEBUG_EXCEPTION(KvmUapi.KVM_GUESTDBG_INJECT_DB()),
        /** Raise a breakpoint exception in the guest at the next entry. */
        INJECT_BREAKPOINT(KvmUapi.KVM_GUESTDBG_INJECT_BP()),
        /** Hold interrupts, NMIs and SMIs back, so that a step does not end in a handler. */
        BLOCK_INTERRUPTS(KvmUapi.KVM_GUESTDBG_BLOCKIRQ());

        private final int flag;

        Feature(long flag) {
            this.flag = (int) flag;
        }

        /**
         * Whether a host has it.
         *
         * @param supported what the host answers to {@link Capability#SET_GUEST_DEBUG2}
         * @return whether it does
         */
        public boolean isIn(int supported) {
            return (supported & flag) != 0;
        }
    }

    private final InterruptibleDescriptor vcpu;

    GuestDebug(InterruptibleDescriptor vcpu) {
        this.vcpu = vcpu;
    }

    /**
     * Exits after each instruction from now on: {@code KVM_SET_GUEST_DEBUG}.
     *
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void singleStep() {
        enable(Set.of(Feature.SINGLE_STEP));
    }

    /**
     * Exits at these breakpoints from now on, and no others: {@code KVM_SET_GUEST_DEBUG}.
     *
     * @param breakpoints from 1 to 4 of them
     * @throws IllegalArgumentException if there are more
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void breakAt(HardwareBreakpoint... breakpoints) {
        enable(Set.of(), breakpoints);
    }

    /**
     * Switches debugging on, in place of what was on before: {@code KVM_SET_GUEST_DEBUG}.
     *
     * @param features what to do
     * @param breakpoints where to exit, up to 4
     * @throws IllegalArgumentException if there are more breakpoints
     * @throws kvm4j.linux.LinuxException {@code EINVAL} for a feature that the host does not have
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void enable(Set<Feature> features, HardwareBreakpoint... breakpoints) {
        if (breakpoints.length > HardwareBreakpoint.COUNT) {
            throw new IllegalArgumentException(
                    "a processor has %d breakpoints: %d"
                            .formatted(HardwareBreakpoint.COUNT, breakpoints.length));
        }
        int control = KvmUapi.KVM_GUESTDBG_ENABLE();
        for (Feature feature : features) {
            control |= feature.flag;
        }
        set(control, List.of(breakpoints));
    }

    /**
     * Switches all of it off: {@code KVM_SET_GUEST_DEBUG}.
     *
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if the vCPU is closed or running
     */
    public void disable() {
        set(0, List.of());
    }

    private void set(int control, List<HardwareBreakpoint> breakpoints) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment debug = arena.allocate(kvm_guest_debug.layout());
            MemorySegment arch = kvm_guest_debug.arch(debug);
            long dr7 = 0;
            for (int i = 0; i < breakpoints.size(); i++) {
                kvm_guest_debug_arch.debugreg(arch, i, breakpoints.get(i).address());
                dr7 |= breakpoints.get(i).control(i);
            }
            kvm_guest_debug_arch.debugreg(arch, 7, dr7);
            kvm_guest_debug.control(
                    debug,
                    breakpoints.isEmpty() ? control : control | KvmUapi.KVM_GUESTDBG_USE_HW_BP());
            vcpu.ioctl(SET_GUEST_DEBUG, debug);
        }
    }
}
