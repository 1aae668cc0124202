package kvm4j.linux;

/**
 * An {@code ioctl(2)} request: its number, and the name that error messages call it by.
 *
 * @param name the name as the header has it, such as {@code KVM_CREATE_VM}
 * @param request the request number
 */
public record Ioctl(String name, long request) {}
