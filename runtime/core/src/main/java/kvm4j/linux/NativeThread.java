package kvm4j.linux;

import kvm4j.bindings.libc.Libc;
import kvm4j.bindings.libc.sigaction;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A thread as the kernel knows it, to be interrupted in a system call or bound to CPUs.
 *
 * @param id the thread's id, as of {@code gettid(2)}
 */
public record NativeThread(int id) {

    /**
     * The signal that interrupts, with its handler in place before it is first sent: SIGURG, which
     * the JVM does not use, which debuggers pass on, and which is ignored where nobody handles it.
     * It is a standard signal because those coalesce: however often it is sent it is pending once,
     * and it needs no place in the user's queue of signals, which others may have filled. The
     * handler is libc's {@code abs(3)}: a function that takes an int, returns at once and touches
     * nothing is all a handler needs to be for a system call to return {@code EINTR}, and it spares
     * the JVM an upcall on a thread in the midst of anything.
     */
    private static final class InterruptSignal {
        static final int NUMBER = Libc.SIGURG();

        static {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment action = arena.allocate(sigaction.layout());
                sigaction.__sigaction_handler.sa_handler(
                        sigaction.__sigaction_handler(action),
                        Linker.nativeLinker().defaultLookup().findOrThrow("abs"));
                sigaction.sa_flags(action, Libc.SA_RESTART());
                if (!SystemCall.sigaction(NUMBER, action)) {
                    throw new LinuxException("sigaction(" + NUMBER + ")", Libc.EINVAL());
                }
            }
        }

        private InterruptSignal() {}
    }

    /** {@code rt_sigprocmask(2)} on x86-64 (arch/x86/entry/syscalls/syscall_64.tbl). */
    private static final long SYS_RT_SIGPROCMASK = 14;

    /** The kernel's set of signals: one bit for each, from signal 1 on. */
    private static final MemorySegment INTERRUPT_SIGNAL_SET =
            Arena.global()
                    .allocateFrom(ValueLayout.JAVA_LONG, 1L << Libc.SIGURG() - 1)
                    .asReadOnly();

    /**
     * The calling thread.
     *
     * @return the thread
     */
    public static NativeThread current() {
        return new NativeThread((int) SystemCall.call(Libc.SYS_gettid()));
    }

    /**
     * Lets the calling thread be interrupted, also where whoever started this process has blocked
     * the signal: {@code rt_sigprocmask(2)}.
     *
     * @throws LinuxException if the kernel refuses
     */
    static void acceptInterrupts() {
        long result =
                SystemCall.call(
                        SYS_RT_SIGPROCMASK,
                        Libc.SIG_UNBLOCK(),
                        INTERRUPT_SIGNAL_SET,
                        0,
                        INTERRUPT_SIGNAL_SET.byteSize());
        if (result < 0) {
            throw new LinuxException("rt_sigprocmask(SIG_UNBLOCK, SIGURG)", (int) -result);
        }
    }

    /**
     * Sends the thread a signal that does nothing, which makes a blocking system call such as
     * {@code KVM_RUN} return {@code EINTR}: {@code tgkill(2)}. A thread that has ended is left
     * alone. Interrupts that the thread has not taken yet count as one.
     *
     * @throws LinuxException if the kernel refuses, as under a seccomp filter
     */
    public void interrupt() {
        signal(InterruptSignal.NUMBER);
    }

    /**
     * Sends the thread any signal: {@code tgkill(2)}. What that does is up to the process: one that
     * stops or ends does so as a whole. A thread that has ended is left alone.
     *
     * @param number the signal's, 1 to 64
     * @throws LinuxException if the kernel refuses
     */
    public void signal(int number) {
        long process = SystemCall.call(Libc.SYS_getpid());
        long result = SystemCall.call(Libc.SYS_tgkill(), process, id, number);
        if (result < 0 && result != -Libc.ESRCH()) {
            throw new LinuxException(
                    "tgkill(thread " + id + ", signal " + number + ")", (int) -result);
        }
    }

    /**
     * Binds the thread to CPUs of the host: {@code sched_setaffinity(2)}.
     *
     * @param cpus where it may run
     * @throws LinuxException if none of them exists or is allowed
     */
    public void bindTo(CpuSet cpus) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mask = arena.allocate(CpuSet.MASK_BYTES, Long.BYTES);
            cpus.store(mask);
            long result =
                    SystemCall.call(
                            Libc.SYS_sched_setaffinity(), id, mask.byteSize(), mask.address());
            if (result < 0) {
                throw new LinuxException("sched_setaffinity(" + cpus + ")", (int) -result);
            }
        }
    }

    /**
     * Where the thread may run: {@code sched_getaffinity(2)}.
     *
     * @return the CPUs
     * @throws LinuxException if the thread has ended
     */
    public CpuSet cpus() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mask = arena.allocate(CpuSet.MASK_BYTES, Long.BYTES);
            long result =
                    SystemCall.call(
                            Libc.SYS_sched_getaffinity(), id, mask.byteSize(), mask.address());
            if (result < 0) {
                throw new LinuxException("sched_getaffinity(" + id + ")", (int) -result);
            }
            return CpuSet.load(mask);
        }
    }
}
