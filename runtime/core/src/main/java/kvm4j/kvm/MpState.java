package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;

/** Whether a vCPU runs, and what it waits for if not: {@code KVM_MP_STATE_*}. */
public enum MpState {
    /** It runs. */
    RUNNABLE(KvmUapi.KVM_MP_STATE_RUNNABLE()),
    /** An application processor that waits for INIT. */
    UNINITIALIZED(KvmUapi.KVM_MP_STATE_UNINITIALIZED()),
    /** It had an INIT and waits for a start-up interrupt (SIPI). */
    INIT_RECEIVED(KvmUapi.KVM_MP_STATE_INIT_RECEIVED()),
    /** It executed HLT and waits for an interrupt. */
    HALTED(KvmUapi.KVM_MP_STATE_HALTED()),
    /** It had a start-up interrupt and is about to run. */
    SIPI_RECEIVED(KvmUapi.KVM_MP_STATE_SIPI_RECEIVED()),
    /** An SEV-ES processor that waits for its start-up. */
    AP_RESET_HOLD(KvmUapi.KVM_MP_STATE_AP_RESET_HOLD());

    private final int code;

    MpState(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    static MpState of(int code) {
        for (MpState state : values()) {
            if (state.code == code) {
                return state;
            }
        }
        throw new IllegalArgumentException("no x86 vCPU has MP state " + code);
    }
}
