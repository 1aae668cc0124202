package kvm4j.linux;

/**
 * An {@code ioctl(2)} request: its number, and the name that error messages call it by.
 *
 * @param name the name as the header has it, such as {@code KVM_CREATE_VM}
 * @param request the request number
 */
public record Ioctl(String name, long request) {

    /**
     * The failure of this request.
     *
     * @param argument the argument it was made with
     * @param errno the positive error number
     * @return the exception to throw
     */
    public LinuxException failed(long argument, int errno) {
        String call = argument == 0 ? name : "%s(0x%x)".formatted(name, argument);
        return new LinuxException(call, errno);
    }
}
