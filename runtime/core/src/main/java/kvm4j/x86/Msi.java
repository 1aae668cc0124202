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

    /**
     * An edge-triggered interrupt for one processor.
     *
     * @param apicId which processor, from 0 to 255
     * @param vector its vector, from 16 to 255
     * @return the message
     */
    public static Msi fixed(int apicId, int vector) {
        return new Msi(BASE | (long) apicId << DESTINATION_SHIFT, vector);
    }
}
