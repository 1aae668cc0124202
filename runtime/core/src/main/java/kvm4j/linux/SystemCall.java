package kvm4j.linux;

import kvm4j.bindings.libc.Libc;

import java.lang.foreign.MemorySegment;

/**
 * Calls into the kernel. Each answers the way the kernel does: a result, or a negated error number
 * between -4095 and -1.
 *
 * <p>All but one go through one function of {@link KernelEntry}, because linking a downcall costs
 * milliseconds for each <em>shape</em> of arguments, and a process that runs a small guest lives
 * for a few of those: one shape serves them all. {@code ioctl(2)} of a vCPU has a function of its
 * own besides, as the way of every VM exit.
 *
 * <p>A call that points at memory takes a {@link MemorySegment}, never its address alone, and holds
 * it until the kernel has returned: closing its arena meanwhile fails, and a segment that is
 * closed, on the heap or confined to another thread fails before the kernel sees it. The shape has
 * one argument more than a system call takes for that: the segment rides along behind the numbers,
 * where the linker holds it as it holds every pointer, and nobody looks at it. So it costs no
 * second shape, and nothing to a call without memory. A segment that a structure points at is for
 * the caller to hold.
 */
final class SystemCall {

    /** {@code fcntl(2)} on x86-64 (arch/x86/entry/syscalls/syscall_64.tbl). */
    static final long FCNTL = 72;

    /** {@code lseek(2)} on x86-64. */
    static final long LSEEK = 8;

    private SystemCall() {}

    /** {@code ioctl(2)} with a number. */
    static int ioctl(int fd, long request, long argument) {
        return (int) call(Libc.SYS_ioctl(), fd, request, argument);
    }

    /** {@code ioctl(2)} with a structure. */
    static int ioctl(int fd, Ioctl request, MemorySegment argument) {
        request.requireFit(argument);
        return (int)
                KernelEntry.call(
                        fd,
                        request.request(),
                        argument.address(),
                        0,
                        0,
                        0,
                        Libc.SYS_ioctl(),
                        argument);
    }

    /** {@code ioctl(2)} with a number, as it is called again and again. */
    static int frequentIoctl(int fd, long request, long argument) {
        return KernelEntry.ioctl(fd, request, argument);
    }

    /**
     * {@code sigaction(3)}: libc's, which supplies the trampoline that a handler returns through.
     *
     * @return whether it succeeded; there is no failure but that of a signal that cannot be
     */
    static boolean sigaction(int signal, MemorySegment action) {
        return (int)
                        KernelEntry.call(
                                KernelEntry.libc("sigaction"), signal, action.address(), action)
                == 0;
    }

    static long call(long number) {
        return call(number, 0, 0, 0, 0, 0, 0);
    }

    static long call(long number, long first) {
        return call(number, first, 0, 0, 0, 0, 0);
    }

    static long call(long number, long first, long second) {
        return call(number, first, second, 0, 0, 0, 0);
    }

    static long call(long number, long first, long second, long third) {
        return call(number, first, second, third, 0, 0, 0);
    }

    static long call(long number, long first, long second, long third, long fourth) {
        return call(number, first, second, third, fourth, 0, 0);
    }

    static long call(
            long number, long first, long second, long third, long fourth, long fifth, long sixth) {
        return KernelEntry.call(
                first, second, third, fourth, fifth, sixth, number, MemorySegment.NULL);
    }

    /** A call whose first argument points at memory. */
    static long call(long number, MemorySegment first, long second, long third) {
        return call(number, first, second, third, 0, 0);
    }

    /** A call whose first argument points at memory. */
    static long call(
            long number, MemorySegment first, long second, long third, long fourth, long fifth) {
        return KernelEntry.call(
                requireNative(first).address(), second, third, fourth, fifth, 0, number, first);
    }

    /** A call whose second argument points at memory. */
    static long call(long number, long first, MemorySegment second, long third) {
        return call(number, first, second, third, 0);
    }

    /** A call whose second argument points at memory. */
    static long call(long number, long first, MemorySegment second, long third, long fourth) {
        return KernelEntry.call(
                first, requireNative(second).address(), third, fourth, 0, 0, number, second);
    }

    /**
     * Refuses a segment on the heap, which the kernel cannot reach.
     *
     * @return the segment
     * @throws IllegalArgumentException if it is on the heap
     */
    static MemorySegment requireNative(MemorySegment segment) {
        if (!segment.isNative()) {
            throw new IllegalArgumentException("the kernel needs native memory: " + segment);
        }
        return segment;
    }

    /**
     * Refuses a segment that the kernel is to write to and must not.
     *
     * @return the segment
     * @throws IllegalArgumentException if it is read-only, or on the heap
     */
    static MemorySegment requireWritable(MemorySegment segment) {
        if (segment.isReadOnly()) {
            throw new IllegalArgumentException("the segment is read-only: " + segment);
        }
        return requireNative(segment);
    }
}
