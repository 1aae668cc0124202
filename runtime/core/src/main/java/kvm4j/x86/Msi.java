package kvm4j.x86;

/**
 * A message-signalled interrupt; Intel SDM volume 3, section 12.11.
 *
 * @param address where the message is written: 0xfee00000 and which local APIC it is for
 * @param data what is written: vector, delivery mode and trigger mode
 */
public record Msi(long address, int data) {

    private static final long BASE = 0xfee0_0000L;
    private static final int DESTINATION_SHIFT = 12;
    private static final int DELIVERY_MODE_SHIFT = 8;
    private static final int DELIVERY_MODE_MASK = 0b111;
    private static final int SMI = 0b010;
    private static final int NMI = 0b100;
    private static final int INIT = 0b101;

    private static final int MOST_PROCESSORS = 256;
    private static final int FIRST_VECTOR = 16;
    private static final int LAST_VECTOR = 255;

    /**
     * An edge-triggered interrupt for one processor.
     *
     * @param apicId which processor, from 0 to 255
     * @param vector its vector, from 16 to 255
     * @return the message
     * @throws IllegalArgumentException if there is no such processor or vector
     */
    public static Msi fixed(int apicId, int vector) {
        if (apicId < 0
                || apicId >= MOST_PROCESSORS
                || vector < FIRST_VECTOR
                || vector > LAST_VECTOR) {
            throw new IllegalArgumentException(
                    "no message has vector %d for processor %d".formatted(vector, apicId));
        }
        return new Msi(BASE | (long) apicId << DESTINATION_SHIFT, vector);
    }

    /**
     * Whether it reaches a processor that has interrupts off: as NMI, SMI or INIT.
     *
     * @return whether it does
     */
    public boolean isUnmaskable() {
        return isUnmaskable(data);
    }

    /** The same of the data alone, whose delivery mode is where an I/O APIC's entry has it. */
    static boolean isUnmaskable(int data) {
        int mode = data >>> DELIVERY_MODE_SHIFT & DELIVERY_MODE_MASK;
        return mode == SMI || mode == NMI || mode == INIT;
    }
}
