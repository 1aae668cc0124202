package kvm4j.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import kvm4j.bindings.libc.Libc;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.HexFormat;
import java.util.Objects;

/**
 * The functions that enter the kernel: machine code of our own, each a SYSCALL instruction and what
 * it takes to get there (Intel SDM volume 2, SYSCALL; System V ABI for AMD64, sections 3.2.3 and
 * A.2.1).
 *
 * <p>libc's functions do the same, and then put the error number where only the same thread finds
 * it, which Java has to have saved from there as a part of every call. The kernel answers with that
 * number itself. Without libc between, a VM exit takes 119 instructions of ours in place of 205,
 * and the linker has less to make when a process starts.
 *
 * <p>What can be linked only once the first native call is made is in a class of its own, which is
 * initialized when it is first used, and not before.
 */
final class KernelEntry {

    private static final Linker LINKER = Linker.nativeLinker();

    private KernelEntry() {}

    /** Any system call; any function of libc that takes no more arguments, too. */
    private static final class AnyFunction {
        static final MethodHandle HANDLE =
                link(
                        FunctionDescriptor.of(
                                JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                                JAVA_LONG, JAVA_LONG, ADDRESS));
    }

    private static final class IoctlFunction {
        static final MethodHandle HANDLE =
                link(FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));
    }

    @SuppressWarnings("restricted") // this package is where native calls are made
    private static MethodHandle link(FunctionDescriptor descriptor) {
        return LINKER.downcallHandle(descriptor);
    }

    /** The machine code, in a page that can be executed and no longer be written. */
    private static final class Code {

        private static final long SIZE = 4096;

        private static final String ANY_CODE =
                "4989ca" // mov %rcx, %r10: the kernel's fourth argument
                        + "488b442408" // mov 8(%rsp), %rax: the number, our seventh argument
                        + "0f05" // syscall
                        + "c3"; // ret

        private static final String IOCTL_CODE =
                "b810000000" // mov $16, %eax: SYS_ioctl
                        + "0f05" // syscall
                        + "c3"; // ret

        private static final long ALIGNMENT = 16;

        static final MemorySegment ANY = page();
        static final MemorySegment IOCTL = ANY.asSlice(ALIGNMENT);

        private static MemorySegment page() {
            long address =
                    invoke(
                            libc("mmap"),
                            0,
                            SIZE,
                            Libc.PROT_READ() | Libc.PROT_WRITE(),
                            Libc.MAP_PRIVATE() | Libc.MAP_ANONYMOUS(),
                            -1,
                            0,
                            0,
                            MemorySegment.NULL);
            require(address != -1);
            MemorySegment page = memory(address);
            place(ANY_CODE, page, 0);
            place(IOCTL_CODE, page, ALIGNMENT);
            int execute = Libc.PROT_READ() | Libc.PROT_EXEC();
            MemorySegment protect = libc("mprotect");
            int result = (int) invoke(protect, address, SIZE, execute, 0, 0, 0, 0, page);
            require(result == 0);
            return page;
        }

        @SuppressWarnings("restricted") // it was mapped as long as that
        private static MemorySegment memory(long address) {
            return MemorySegment.ofAddress(address).reinterpret(SIZE);
        }

        private static void place(String code, MemorySegment page, long offset) {
            byte[] bytes = HexFormat.of().parseHex(code);
            MemorySegment.copy(bytes, 0, page, JAVA_BYTE, offset, bytes.length);
        }

        private static void require(boolean succeeded) {
            if (!succeeded) {
                throw new UnsatisfiedLinkError(
                        "no executable memory: system calls need a page of it, as Java does");
            }
        }
    }

    /**
     * Links all.
     *
     * @throws UnsatisfiedLinkError if the process can have no executable memory
     */
    static void link() {
        Objects.requireNonNull(Code.ANY);
        Objects.requireNonNull(IoctlFunction.HANDLE);
    }

    /**
     * A system call.
     *
     * @param number which
     * @param held memory that one of the arguments is the address of
     * @return its result, or a negated error number
     */
    static long call(
            long first,
            long second,
            long third,
            long fourth,
            long fifth,
            long sixth,
            long number,
            MemorySegment held) {
        return invoke(Code.ANY, first, second, third, fourth, fifth, sixth, number, held);
    }

    private static long invoke(
            MemorySegment function,
            long first,
            long second,
            long third,
            long fourth,
            long fifth,
            long sixth,
            long seventh,
            MemorySegment held) {
        try {
            return (long)
                    AnyFunction.HANDLE.invokeExact(
                            function, first, second, third, fourth, fifth, sixth, seventh, held);
        } catch (RuntimeException | Error refused) {
            throw refused; // the segment is closed, or another thread's
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** {@code ioctl(2)} with a number. */
    static int ioctl(int fd, long request, long argument) {
        try {
            return (int) IoctlFunction.HANDLE.invokeExact(Code.IOCTL, fd, request, argument);
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
    }

    /**
     * A function of libc.
     *
     * @param function where it is
     * @param held memory that one of the arguments is the address of
     * @return what it answers: if that is an {@code int}, the low half
     */
    static long call(MemorySegment function, long first, long second, MemorySegment held) {
        return invoke(function, first, second, 0, 0, 0, 0, 0, held);
    }

    /** Where libc has a function of that name. */
    static MemorySegment libc(String name) {
        return LINKER.defaultLookup().findOrThrow(name);
    }
}
