package kvm4j.kvm;

/**
 * A model-specific register with a value.
 *
 * @param index its number: ECX of RDMSR and WRMSR
 * @param value EDX:EAX
 */
public record Msr(int index, long value) {}
