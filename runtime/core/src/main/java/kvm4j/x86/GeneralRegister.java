package kvm4j.x86;

/** The general registers of 64 bits, in the order in which the hardware numbers them. */
enum GeneralRegister {
    RAX,
    RCX,
    RDX,
    RBX,
    RSP,
    RBP,
    RSI,
    RDI,
    R8,
    R9,
    R10,
    R11,
    R12,
    R13,
    R14,
    R15;

    private static final GeneralRegister[] BY_NUMBER = values();

    /**
     * The register with a number.
     *
     * @param field whose bits 3:0 are the number
     */
    static GeneralRegister of(long field) {
        return BY_NUMBER[(int) field & 15];
    }
}
