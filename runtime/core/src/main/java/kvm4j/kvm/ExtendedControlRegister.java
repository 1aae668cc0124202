package kvm4j.kvm;

/**
 * An extended control register; Intel SDM volume 3, section 2.6.
 *
 * @param index its number: 0 for XCR0, which says what XSAVE saves
 * @param value its value
 */
public record ExtendedControlRegister(int index, long value) {}
