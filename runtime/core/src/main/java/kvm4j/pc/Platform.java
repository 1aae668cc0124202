package kvm4j.pc;

/**
 * The hardware that {@link AcpiTables} and {@link MpTable} describe to a guest, beside what every
 * PC has: a local APIC for each processor, an I/O APIC and the ISA interrupts.
 *
 * @param processors how many there are, 1 to {@value #MAXIMUM_PROCESSORS}; their APIC identifiers
 *     count from 0
 * @param powerPort the first port of {@code kvm4j.device.PowerManagement}
 * @param powerInterrupt its interrupt, the SCI, level-triggered and active high
 * @param sleepTypeOff the sleep type that turns the machine off
 * @param resetPort the port that resets the machine
 * @param resetValue what to write to it
 */
public record Platform(
        int processors,
        int powerPort,
        int powerInterrupt,
        int sleepTypeOff,
        int resetPort,
        int resetValue) {

    /** The highest number of processors that the tables can describe. */
    public static final int MAXIMUM_PROCESSORS = 255;

    /** Where the local APICs are. */
    static final long LOCAL_APIC = 0xfee0_0000L;

    /** Where the I/O APIC is. */
    static final long IO_APIC = 0xfec0_0000L;

    /** The input of the I/O APIC that ISA interrupt 0, the timer, is wired to. */
    static final int TIMER_INPUT = 2;

    /** How many interrupts the ISA bus has. */
    static final int ISA_INTERRUPTS = 16;

    /** Checks the number of processors. */
    public Platform {
        if (processors < 1 || processors > MAXIMUM_PROCESSORS) {
            throw new IllegalArgumentException(
                    "the tables can describe 1 to %d processors, not %d"
                            .formatted(MAXIMUM_PROCESSORS, processors));
        }
    }

    /** {@return the identifier of the I/O APIC: the first that no local APIC has} */
    int ioApicId() {
        return processors;
    }
}
