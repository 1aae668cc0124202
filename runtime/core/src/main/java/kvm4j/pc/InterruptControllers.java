package kvm4j.pc;

/** The interrupt controllers that a PC has. */
public enum InterruptControllers {
    /** None: no interrupt reaches the processor. */
    NONE,

    /** A local APIC in each processor and an I/O APIC; no 8259A, and no 8254 timer either. */
    APICS,

    /** All of a PC: two 8259As beside the APICs, and an 8254 at ISA interrupt 0. */
    APICS_AND_PICS;

    boolean hasApics() {
        return this != NONE;
    }

    /** Whether there are the 8259As, and the timer that comes with them. */
    boolean hasPics() {
        return this == APICS_AND_PICS;
    }
}
