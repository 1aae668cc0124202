package kvm4j.linux;

import java.lang.foreign.MemorySegment;

/**
 * An {@code ioctl(2)} request: its number, and the name that error messages call it by.
 *
 * @param name the name as the header has it, such as {@code KVM_CREATE_VM}
 * @param request the request number
 */
public record Ioctl(String name, long request) {

    private static final long KERNEL_WRITES = 2L << 30;
    private static final int SIZE_SHIFT = 16;
    private static final int SIZE_MASK = (1 << 14) - 1;

    /**
     * Refuses a structure that the request cannot be made with, as far as its number tells: it says
     * how long the structure is at least, and whether the kernel writes to it ({@code _IOC}).
     *
     * @throws IllegalArgumentException if the structure is too short, on the heap, or read-only
     *     while the kernel would write to it
     */
    void requireFit(MemorySegment structure) {
        if ((request & KERNEL_WRITES) != 0) {
            SystemCall.requireWritable(structure);
        } else {
            SystemCall.requireNative(structure);
        }
        long needed = request >>> SIZE_SHIFT & SIZE_MASK;
        if (structure.byteSize() < needed) {
            throw new IllegalArgumentException(
                    "%s takes a structure of %d bytes: %s".formatted(name, needed, structure));
        }
    }

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
