package kvm4j.x86;

/**
 * An extended control register; Intel SDM volume 3, section 2.6.
 *
 * @param index its number: 0 for XCR0, which says what XSAVE saves
 * @param value its value
 */
public record ExtendedControlRegister(int index, long value) {

    /** The register, numbers in hexadecimal. */
    @Override
    public String toString() {
        return "ExtendedControlRegister[index=0x%x, value=0x%x]".formatted(index, value);
    }
}
