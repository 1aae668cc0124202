package kvm4j.kvm;

import kvm4j.bindings.kvm.kvm_debugregs;
import kvm4j.x86.DebugRegisters;

import java.lang.foreign.MemorySegment;

/** {@code struct kvm_debugregs}. */
final class DebugRegistersCodec {

    private DebugRegistersCodec() {}

    static DebugRegisters load(MemorySegment source) {
        return new DebugRegisters(
                kvm_debugregs.db(source, 0),
                kvm_debugregs.db(source, 1),
                kvm_debugregs.db(source, 2),
                kvm_debugregs.db(source, 3),
                kvm_debugregs.dr6(source),
                kvm_debugregs.dr7(source));
    }

    static void store(DebugRegisters registers, MemorySegment target) {
        kvm_debugregs.db(target, 0, registers.dr0());
        kvm_debugregs.db(target, 1, registers.dr1());
        kvm_debugregs.db(target, 2, registers.dr2());
        kvm_debugregs.db(target, 3, registers.dr3());
        kvm_debugregs.dr6(target, registers.dr6());
        kvm_debugregs.dr7(target, registers.dr7());
    }
}
