package kvm4j.linux;

import kvm4j.bindings.libc.Libc;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/**
 * An open file description whose calls may block for ever, used by one thread at a time: a vCPU's.
 *
 * <p>The kernel serialises calls on a vCPU, so a second thread's would block for as long as the
 * guest runs; here it fails instead. A call that blocks is ended by {@link #interrupt()}, and
 * {@link #close()} interrupts until none is in flight. This is on the way of every VM exit: a call
 * costs one compare-and-set on top of the downcall.
 */
public final class InterruptibleDescriptor implements AutoCloseable {

    private static final int IDLE = 0;
    private static final int IN_CALL = 1;
    private static final int CLOSED = 2;

    private static final VarHandle STATE;

    static {
        try {
            STATE =
                    MethodHandles.lookup()
                            .findVarHandle(InterruptibleDescriptor.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static final int INTERRUPTED = -Libc.EINTR();

    private final int number;
    private final String name;
    private final Ioctl blocking;

    @SuppressWarnings("unused") // through STATE
    private volatile int state;

    private volatile boolean closing;
    private Thread user;
    private volatile NativeThread target;

    /**
     * Takes ownership of a descriptor.
     *
     * @param number the descriptor's number, as a system call returned it
     * @param name what error messages call it, such as {@code vCPU 0}
     * @param blocking the request that may block until it is interrupted
     */
    public InterruptibleDescriptor(int number, String name, Ioctl blocking) {
        this.number = number;
        this.name = name;
        this.blocking = blocking;
    }

    /**
     * The descriptor's number, for {@code mmap(2)}.
     *
     * @return the number
     * @throws IllegalStateException if it is closed
     */
    public int number() {
        if (state == CLOSED) {
            throw closed();
        }
        return number;
    }

    /**
     * {@code ioctl(2)} whose failure the caller expects.
     *
     * @param request what to do
     * @param argument the argument, 0 if the request has none
     * @return the result, or a negated error number
     * @throws IllegalStateException if the descriptor is closed, or another thread is in a call on
     *     it, or the request is the one that blocks and the calling thread is virtual, whose
     *     carrier it would block
     */
    public int tryIoctl(Ioctl request, long argument) {
        if (!STATE.compareAndSet(this, IDLE, IN_CALL)) {
            throw unavailable();
        }
        int result;
        try {
            if (user != Thread.currentThread()) {
                adopt(Thread.currentThread(), request);
            }
            result = SystemCall.frequentIoctl(number, request.request(), argument);
        } finally {
            STATE.setRelease(this, IDLE);
        }
        return returned(result);
    }

    /**
     * {@code ioctl(2)} with a structure as its argument, whose failure the caller expects.
     *
     * @param request what to do
     * @param argument the structure, in native memory, which is held until the call returns; what
     *     it points at is for the caller to hold
     * @return the result, or a negated error number
     * @throws IllegalArgumentException if the structure is shorter than the request says, on the
     *     heap, or read-only where the kernel writes to it
     * @throws IllegalStateException as the other {@link #tryIoctl(Ioctl, long)} throws it, or if
     *     the structure's arena is closed
     * @throws WrongThreadException if the structure is confined to another thread
     */
    public int tryIoctl(Ioctl request, MemorySegment argument) {
        if (!STATE.compareAndSet(this, IDLE, IN_CALL)) {
            throw unavailable();
        }
        int result;
        try {
            if (user != Thread.currentThread()) {
                adopt(Thread.currentThread(), request);
            }
            result = SystemCall.ioctl(number, request, argument);
        } finally {
            STATE.setRelease(this, IDLE);
        }
        return returned(result);
    }

    private int returned(int result) {
        if (result == INTERRUPTED && closing) {
            throw closed();
        }
        return result;
    }

    /**
     * {@code ioctl(2)} with a number as its argument.
     *
     * @param request what to do
     * @param argument the argument, 0 if the request has none
     * @return the result, not negative
     * @throws LinuxException if it failed
     * @throws IllegalStateException as {@link #tryIoctl(Ioctl, long)} throws it
     */
    public int ioctl(Ioctl request, long argument) {
        int result = tryIoctl(request, argument);
        if (result < 0) {
            throw request.failed(argument, -result);
        }
        return result;
    }

    /**
     * {@code ioctl(2)} with a structure as its argument.
     *
     * @param request what to do
     * @param argument the structure, in native memory
     * @return the result, not negative
     * @throws LinuxException if it failed
     * @throws IllegalArgumentException as {@link #tryIoctl(Ioctl, MemorySegment)} throws it
     * @throws IllegalStateException as {@link #tryIoctl(Ioctl, MemorySegment)} throws it
     * @throws WrongThreadException if the structure is confined to another thread
     */
    public int ioctl(Ioctl request, MemorySegment argument) {
        int result = tryIoctl(request, argument);
        if (result < 0) {
            throw request.failed(0, -result);
        }
        return result;
    }

    /** Notes whom to interrupt; a virtual thread anew at each call, when it has another carrier. */
    private void adopt(Thread thread, Ioctl request) {
        if (thread.isVirtual() && request.equals(blocking)) {
            throw new IllegalStateException(
                    name + " needs a platform thread for " + request.name());
        }
        user = thread.isVirtual() ? null : thread;
        target = NativeThread.current();
        NativeThread.acceptInterrupts();
    }

    private IllegalStateException unavailable() {
        return closing || state == CLOSED
                ? closed()
                : new IllegalStateException(name + " is in use by another thread");
    }

    private IllegalStateException closed() {
        return new IllegalStateException(name + " is closed");
    }

    /**
     * Makes the call that is in flight, if one is, return {@code EINTR} where it can. A call that
     * is about to begin is not affected.
     *
     * @throws LinuxException if the kernel refuses to send the signal
     */
    public void interrupt() {
        // What the caller told the kernel to look at when a call begins (immediate_exit) must be
        // there before we look whether one has begun.
        VarHandle.fullFence();
        NativeThread thread = target;
        if (state == IN_CALL && thread != null) {
            thread.interrupt();
        }
    }

    /**
     * Interrupts the call in flight until it returns, then closes. Does nothing the second time.
     *
     * @throws LinuxException if the call cannot be interrupted; the descriptor stays open then
     */
    @Override
    public void close() {
        closing = true;
        while (!STATE.compareAndSet(this, IDLE, CLOSED)) {
            if (state == CLOSED) {
                return;
            }
            interrupt();
            LockSupport.parkNanos(20_000);
        }
        SystemCall.call(Libc.SYS_close(), number);
    }

    @Override
    public String toString() {
        return name + " (descriptor " + number + ")";
    }
}
