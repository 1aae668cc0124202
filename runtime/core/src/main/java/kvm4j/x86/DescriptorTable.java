package kvm4j.x86;

/**
 * GDTR or IDTR; Intel SDM volume 3, section 2.4.
 *
 * @param base linear address of the table
 * @param limit its size - 1, 16 bits
 */
public record DescriptorTable(long base, int limit) {

    /** Both after a reset. */
    static final DescriptorTable RESET = new DescriptorTable(0, 0xffff);

    /** The register, numbers in hexadecimal. */
    @Override
    public String toString() {
        return "DescriptorTable[base=0x%x, limit=0x%x]".formatted(base, limit);
    }
}
