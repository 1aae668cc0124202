package kvm4j.x86;

/** Whether a processor runs, and what it waits for if not; Intel SDM volume 3, section 10.4. */
public enum MpState {
    /** It runs. */
    RUNNABLE,
    /** An application processor that waits for INIT. */
    UNINITIALIZED,
    /** It had an INIT and waits for a start-up interrupt (SIPI). */
    INIT_RECEIVED,
    /** It executed HLT and waits for an interrupt. */
    HALTED,
    /** It had a start-up interrupt and is about to run. */
    SIPI_RECEIVED,
    /** An SEV-ES processor that waits for its start-up. */
    AP_RESET_HOLD
}
