package kvm4j.cli.doctor;

/**
 * What KVM says when it is asked for a capability.
 *
 * @param name such as {@code KVM_CAP_IRQCHIP}
 * @param number its number
 * @param value 0 if the host does not have it, else 1 or a number that the capability defines
 * @param meaning what a host with it can do
 */
record CapabilityAnswer(String name, int number, int value, String meaning) {}
