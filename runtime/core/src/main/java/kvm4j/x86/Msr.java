package kvm4j.x86;

/**
 * A model-specific register with a value.
 *
 * @param index its number: ECX of RDMSR and WRMSR
 * @param value EDX:EAX
 */
public record Msr(int index, long value) {

    /** IA32_TIME_STAMP_COUNTER, the TSC (Intel SDM volume 4, table 2-2). */
    public static final int TIME_STAMP_COUNTER = 0x10;

    /**
     * IA32_TSC_DEADLINE: the value of the TSC that the local APIC's timer waits for (Intel SDM
     * volume 4, table 2-2).
     */
    public static final int TSC_DEADLINE = 0x6e0;

    /** The register, numbers in hexadecimal. */
    @Override
    public String toString() {
        return "Msr[index=0x%x, value=0x%x]".formatted(index, value);
    }
}
