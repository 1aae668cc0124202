package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_mp_state;
import kvm4j.x86.MpState;

import java.lang.foreign.MemorySegment;

/** {@code struct kvm_mp_state}. */
final class MpStateCodec {

    private MpStateCodec() {}

    static MpState load(MemorySegment source) {
        int code = kvm_mp_state.mp_state(source);
        for (MpState state : MpState.values()) {
            if (code(state) == code) {
                return state;
            }
        }
        throw new IllegalArgumentException("no x86 vCPU has MP state " + code);
    }

    static void store(MpState state, MemorySegment target) {
        kvm_mp_state.mp_state(target, code(state));
    }

    private static int code(MpState state) {
        return switch (state) {
            case RUNNABLE -> KvmUapi.KVM_MP_STATE_RUNNABLE();
            case UNINITIALIZED -> KvmUapi.KVM_MP_STATE_UNINITIALIZED();
            case INIT_RECEIVED -> KvmUapi.KVM_MP_STATE_INIT_RECEIVED();
            case HALTED -> KvmUapi.KVM_MP_STATE_HALTED();
            case SIPI_RECEIVED -> KvmUapi.KVM_MP_STATE_SIPI_RECEIVED();
            case AP_RESET_HOLD -> KvmUapi.KVM_MP_STATE_AP_RESET_HOLD();
        };
    }
}
