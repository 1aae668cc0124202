package kvm4j.trace;

/** What besides entries and exits happens to a vCPU. */
public enum Mark {
    /** An interrupt is given to the guest at its next entry: {@code kvm_inj_virq}. */
    INTERRUPT_INJECTED("interrupt injected"),
    /** An exception is given to the guest at its next entry: {@code kvm_inj_exception}. */
    EXCEPTION_INJECTED("exception injected"),
    /** A page of the guest is missing in the EPT, the NPT or the shadow: {@code kvm_page_fault}. */
    PAGE_FAULT("page fault"),
    /** A port was accessed: {@code kvm_pio}. */
    PORT("port I/O"),
    /** A device in memory was accessed: {@code kvm_mmio}. */
    MMIO("MMIO"),
    /** The FPU's registers are loaded for the guest, or given back: {@code kvm_fpu}. */
    FPU("FPU");

    private final String title;

    Mark(String title) {
        this.title = title;
    }

    /**
     * What people call it.
     *
     * @return a few words in lower case
     */
    public String title() {
        return title;
    }
}
