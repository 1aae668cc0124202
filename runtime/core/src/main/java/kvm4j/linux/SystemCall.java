package kvm4j.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import kvm4j.bindings.libc.Libc;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.Objects;

/**
 * Calls into the kernel. Each answers the way the kernel does: a result, or a negated error number
 * between -4095 and -1.
 *
 * <p>All but a few go through libc's {@code syscall(2)}, because linking a downcall costs
 * milliseconds for each <em>shape</em> of arguments, and a process that runs a small guest lives
 * for a few of those: one shape serves them all. {@code ioctl(2)} has a handle of its own besides,
 * as the way of every VM exit; {@code sigaction(3)} has, because libc supplies the trampoline that
 * a handler returns through.
 *
 * <p>A call that points at memory takes a {@link MemorySegment}, never its address alone, and holds
 * it until the kernel has returned: closing its arena meanwhile fails, and a segment that is
 * closed, on the heap or confined to another thread fails before the kernel sees it. The shape of
 * {@code syscall(2)} has one argument more than the kernel takes for that: the segment rides along
 * behind the numbers, where the linker holds it as it holds every pointer, and libc, whose function
 * is variadic, never looks at it. So it costs no second shape, and nothing to a call without
 * memory. A segment that a structure points at is for the caller to hold.
 */
final class SystemCall {

    /** {@code fcntl(2)} on x86-64 (arch/x86/entry/syscalls/syscall_64.tbl). */
    static final long FCNTL = 72;

    private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();

    private static final long ERRNO =
            CALL_STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

    /** Where errno is captured: allocated once for each thread, freed some time after it. */
    private static final ThreadLocal<MemorySegment> CAPTURED =
            ThreadLocal.withInitial(SystemCall::allocateCallState);

    private SystemCall() {}

    // Each handle is linked when the class that holds it is first used, and not before.

    private static final class IoctlCall {
        static final MethodHandle HANDLE =
                link(
                        "ioctl",
                        FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG),
                        Linker.Option.firstVariadicArg(2));
    }

    private static final class SyscallCall {
        static final MethodHandle HANDLE =
                link(
                        "syscall",
                        FunctionDescriptor.of(
                                JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                                JAVA_LONG, JAVA_LONG, ADDRESS),
                        Linker.Option.firstVariadicArg(1));
    }

    private static final class SigactionCall {
        static final MethodHandle HANDLE =
                link("sigaction", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
    }

    /** Links all but {@code sigaction(3)}, which few need. */
    static void link() {
        Objects.requireNonNull(SyscallCall.HANDLE);
        Objects.requireNonNull(IoctlCall.HANDLE);
    }

    @SuppressWarnings("restricted") // this package is where native calls are made
    private static MethodHandle link(
            String function, FunctionDescriptor descriptor, Linker.Option... options) {
        Linker linker = Linker.nativeLinker();
        Linker.Option[] withErrno = Arrays.copyOf(options, options.length + 1);
        withErrno[options.length] = Linker.Option.captureCallState("errno");
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow(function), descriptor, withErrno);
    }

    /** {@code ioctl(2)} with a number. */
    static int ioctl(int fd, long request, long argument) {
        return (int) call(Libc.SYS_ioctl(), fd, request, argument);
    }

    /** {@code ioctl(2)} with a structure. */
    static int ioctl(int fd, Ioctl request, MemorySegment argument) {
        return ioctl(CAPTURED.get(), fd, request, argument);
    }

    /**
     * {@code ioctl(2)} with a structure, and a place of its own for errno.
     *
     * @param captured {@linkplain #allocateCallState() allocated} for one call at a time
     */
    static int ioctl(MemorySegment captured, int fd, Ioctl request, MemorySegment argument) {
        request.requireFit(argument);
        return (int)
                call(
                        captured,
                        Libc.SYS_ioctl(),
                        fd,
                        request.request(),
                        argument.address(),
                        0,
                        0,
                        0,
                        argument);
    }

    /** Where errno is to be captured by calls that spare themselves the look for the thread's. */
    static MemorySegment allocateCallState() {
        return Arena.ofAuto().allocate(CALL_STATE);
    }

    /**
     * {@code ioctl(2)} as it is called again and again, with a place of its own for errno.
     *
     * @param captured {@linkplain #allocateCallState() allocated} for one call at a time
     */
    static int ioctl(MemorySegment captured, int fd, long request, long argument) {
        int result;
        try {
            result = (int) IoctlCall.HANDLE.invokeExact(captured, fd, request, argument);
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
        return result >= 0 ? result : -captured.get(JAVA_INT, ERRNO);
    }

    static int sigaction(int signal, MemorySegment action) {
        MemorySegment captured = CAPTURED.get();
        int result;
        try {
            result =
                    (int)
                            SigactionCall.HANDLE.invokeExact(
                                    captured, signal, action, MemorySegment.NULL);
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
        return result >= 0 ? result : -captured.get(JAVA_INT, ERRNO);
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
        return call(
                CAPTURED.get(),
                number,
                first,
                second,
                third,
                fourth,
                fifth,
                sixth,
                MemorySegment.NULL);
    }

    /** A call whose first argument points at memory. */
    static long call(long number, MemorySegment first, long second, long third) {
        return call(number, first, second, third, 0, 0);
    }

    /** A call whose first argument points at memory. */
    static long call(
            long number, MemorySegment first, long second, long third, long fourth, long fifth) {
        return call(
                CAPTURED.get(),
                number,
                requireNative(first).address(),
                second,
                third,
                fourth,
                fifth,
                0,
                first);
    }

    /** A call whose second argument points at memory. */
    static long call(long number, long first, MemorySegment second, long third) {
        return call(number, first, second, third, 0);
    }

    /** A call whose second argument points at memory. */
    static long call(long number, long first, MemorySegment second, long third, long fourth) {
        return call(
                CAPTURED.get(),
                number,
                first,
                requireNative(second).address(),
                third,
                fourth,
                0,
                0,
                second);
    }

    private static long call(
            MemorySegment captured,
            long number,
            long first,
            long second,
            long third,
            long fourth,
            long fifth,
            long sixth,
            MemorySegment held) {
        long result;
        try {
            result =
                    (long)
                            SyscallCall.HANDLE.invokeExact(
                                    captured, number, first, second, third, fourth, fifth, sixth,
                                    held);
        } catch (RuntimeException | Error refused) {
            throw refused; // the segment is closed, or another thread's
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
        return result == -1 ? -captured.get(JAVA_INT, ERRNO) : result;
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
