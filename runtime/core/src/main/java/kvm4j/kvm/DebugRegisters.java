package kvm4j.kvm;

import kvm4j.bindings.kvm.kvm_debugregs;

import java.lang.foreign.MemorySegment;

/**
 * The debug registers that the guest itself uses: {@code struct kvm_debugregs}; Intel SDM volume 3,
 * section 19.2. For breakpoints from outside: {@link GuestDebug}.
 *
 * @param dr0 address of breakpoint 0
 * @param dr1 address of breakpoint 1
 * @param dr2 address of breakpoint 2
 * @param dr3 address of breakpoint 3
 * @param dr6 status
 * @param dr7 control
 */
public record DebugRegisters(long dr0, long dr1, long dr2, long dr3, long dr6, long dr7) {

    static DebugRegisters load(MemorySegment source) {
        return new DebugRegisters(
                kvm_debugregs.db(source, 0),
                kvm_debugregs.db(source, 1),
                kvm_debugregs.db(source, 2),
                kvm_debugregs.db(source, 3),
                kvm_debugregs.dr6(source),
                kvm_debugregs.dr7(source));
    }

    void store(MemorySegment target) {
        kvm_debugregs.db(target, 0, dr0);
        kvm_debugregs.db(target, 1, dr1);
        kvm_debugregs.db(target, 2, dr2);
        kvm_debugregs.db(target, 3, dr3);
        kvm_debugregs.dr6(target, dr6);
        kvm_debugregs.dr7(target, dr7);
    }
}
