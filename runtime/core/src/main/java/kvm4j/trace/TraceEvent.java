package kvm4j.trace;

import kvm4j.kvm.ExitReason;
import kvm4j.x86.HardwareExit;

/**
 * Something that happened to a vCPU, or on a processor of the host.
 *
 * <p>Each has its time, in nanoseconds of {@link System#nanoTime}; the processor of the host on
 * which it happened; and the thread to which, by the number that the kernel gives it.
 */
sealed interface TraceEvent {

    /** Where and when. */
    record Place(long time, int cpu, int thread) {}

    /** Where and when. */
    Place place();

    /** VM entry: {@code kvm_entry}. */
    record Entered(Place place, long rip) implements TraceEvent {}

    /**
     * VM exit: {@code kvm_exit}.
     *
     * @param information the exit qualification of VMX, or EXITINFO1 of SVM
     * @param more IDT-vectoring information of VMX, or EXITINFO2 of SVM
     */
    record Left(Place place, HardwareExit reason, long rip, long information, long more)
            implements TraceEvent {}

    /** {@code KVM_RUN} is about to return to user space: {@code kvm_userspace_exit}. */
    record HandedOver(Place place, ExitReason reason) implements TraceEvent {}

    /** User space has got an exit. Not the kernel says so, but we. */
    record Received(Place place, ExitReason reason) implements TraceEvent {}

    /** User space is about to call {@code KVM_RUN}. Not the kernel says so, but we. */
    record RunCalled(Place place) implements TraceEvent {}

    /** The kernel has executed an instruction in the guest's place: {@code kvm_emulate_insn}. */
    record Emulated(Place place) implements TraceEvent {}

    /** Something that is worth a mark on the time line. */
    record Marked(Place place, Mark mark, String detail) implements TraceEvent {}

    /** The thread has got a processor: {@code sched_switch}. */
    record SwitchedIn(Place place) implements TraceEvent {}

    /**
     * The thread has lost its processor: {@code sched_switch}.
     *
     * @param preempted whether it could have gone on; else it waits for something
     */
    record SwitchedOut(Place place, boolean preempted) implements TraceEvent {}

    /** A function of the kernel was called. */
    record Called(Place place, String function) implements TraceEvent {}

    /**
     * The buffer had no room for some.
     *
     * @param count how many, {@link RingBufferPage#UNCOUNTED} if that is not known
     */
    record Lost(Place place, long count) implements TraceEvent {}
}
