package kvm4j.kvm;

import kvm4j.bindings.kvm.kvm_x86_mce;
import kvm4j.x86.MachineCheck;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** {@code struct kvm_x86_mce}. */
final class MachineCheckCodec {

    private MachineCheckCodec() {}

    static MemorySegment store(MachineCheck machineCheck, Arena arena) {
        MemorySegment mce = arena.allocate(kvm_x86_mce.layout());
        kvm_x86_mce.bank(mce, (byte) machineCheck.bank());
        kvm_x86_mce.status(mce, machineCheck.status());
        kvm_x86_mce.addr(mce, machineCheck.address());
        kvm_x86_mce.misc(mce, machineCheck.misc());
        kvm_x86_mce.mcg_status(mce, machineCheck.globalStatus());
        return mce;
    }
}
