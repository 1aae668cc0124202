package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_enable_cap;
import kvm4j.linux.Ioctl;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** What {@code KVM_ENABLE_CAP} takes, for virtual machines and processors alike. */
final class CapabilitySwitch {

    static final Ioctl ENABLE_CAP = new Ioctl("KVM_ENABLE_CAP", KvmUapi.KVM_ENABLE_CAP());

    static final int MAXIMUM_ARGUMENTS = 4;

    private CapabilitySwitch() {}

    static MemorySegment structure(Arena arena, int capability, long... arguments) {
        if (arguments.length > MAXIMUM_ARGUMENTS) {
            throw new IllegalArgumentException(
                    "KVM_ENABLE_CAP takes at most %d arguments: %d"
                            .formatted(MAXIMUM_ARGUMENTS, arguments.length));
        }
        MemorySegment structure = arena.allocate(kvm_enable_cap.layout());
        kvm_enable_cap.cap(structure, capability);
        for (int i = 0; i < arguments.length; i++) {
            kvm_enable_cap.args(structure, i, arguments[i]);
        }
        return structure;
    }
}
