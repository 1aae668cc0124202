package kvm4j.x86;

/**
 * A model-specific register with a value.
 *
 * @param index its number: ECX of RDMSR and WRMSR
 * @param value EDX:EAX
 */
public record Msr(int index, long value) {

    /** The register, numbers in hexadecimal. */
    @Override
    public String toString() {
        return "Msr[index=0x%x, value=0x%x]".formatted(index, value);
    }
}
