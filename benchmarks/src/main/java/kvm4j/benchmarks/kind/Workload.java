package kvm4j.benchmarks.kind;

import kvm4j.guests.Guest;
import kvm4j.kvm.ExitReason;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What is done over and over to measure a kind of exit. */
public sealed interface Workload {

    /** How many events of the kind one operation is made of; costs are divided by it. */
    default int events() {
        return 1;
    }

    /** {@code KVM_GET_API_VERSION}, which does nothing: a system call and its way there. */
    record SystemCall() implements Workload {}

    /**
     * {@code KVM_RUN} with {@code immediate_exit} set: into the kernel's run loop and out again,
     * without the guest.
     */
    record ImmediateExit() implements Workload {}

    /**
     * A guest that makes one kind of exit for ever: an operation is one {@code KVM_RUN}.
     *
     * @param guest the guest
     * @param reason why every run returns
     * @param arrangement what the host arranges for these exits to happen
     * @param parameters the guest's parameters; its count is 0, endless
     */
    record GuestExits(
            Guest guest, ExitReason reason, Arrangement arrangement, List<Long> parameters)
            implements Workload {

        /**
         * The same workload with an end.
         *
         * @param count how many exits the guest makes, at least 1
         * @return a copy
         */
        public GuestExits withCount(long count) {
            List<Long> limited = new ArrayList<>(parameters);
            limited.set(0, count);
            return new GuestExits(guest, reason, arrangement, List.copyOf(limited));
        }
    }

    /**
     * A guest whose exits the kernel handles by itself, so that user space sees only the end of a
     * number of them: an operation sets the registers for entry and is one {@code KVM_RUN}.
     *
     * @param guest the guest, which ends with an OUT
     * @param events how many exits it makes before
     * @param arrangement what the host arranges for the kernel to handle them
     * @param parameters the guest's parameters; its count is the same number
     */
    record KernelExits(Guest guest, int events, Arrangement arrangement, List<Long> parameters)
            implements Workload {}

    /** What the host arranges before a guest runs. */
    enum Arrangement {
        /** Nothing. */
        NONE,
        /** Every instruction is followed by an exit: {@code KVM_SET_GUEST_DEBUG}. */
        SINGLE_STEP,
        /**
         * Reads of MSR 0 are for user space: {@code KVM_CAP_X86_USER_SPACE_MSR} and {@code
         * KVM_X86_SET_MSR_FILTER}.
         */
        MSR_FILTER,
        /** The kernel has the interrupt controllers: {@code KVM_CREATE_IRQCHIP}. */
        IRQCHIP;

        /** {@return its name, such as {@code single-step}} */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }
}
