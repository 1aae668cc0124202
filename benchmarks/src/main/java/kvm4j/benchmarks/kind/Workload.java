package kvm4j.benchmarks.kind;

import kvm4j.device.DebugExit;
import kvm4j.guests.Guest;
import kvm4j.kvm.ExitReason;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What is done over and over to measure a kind of exit. */
public sealed interface Workload {

    /** Guest-physical address of memory that a guest touches: a slot of its own. */
    long WINDOW = 1L << 30;

    /** {@return how many events of the kind one operation is made of; costs are divided by it} */
    default int events() {
        return 1;
    }

    /**
     * Whether all contestants do it on the same one of the host's CPUs, where they disturb each
     * other least.
     *
     * @return false if the host's scheduler has a part in it
     */
    default boolean isOnOneCpu() {
        return true;
    }

    /**
     * Whether an operation is as long as many turns of others, and so a turn by itself.
     *
     * @return whether it is
     */
    default boolean isTurnByItself() {
        return false;
    }

    /**
     * How long it is repeated until a just-in-time compiler is through with it.
     *
     * @param usual how long what takes microseconds is
     * @return that, or longer
     */
    default Duration compilation(Duration usual) {
        return usual;
    }

    /** What a guest of the catalogue does. */
    sealed interface Guested extends Workload {

        /** {@return the guest} */
        Guest guest();

        /** {@return its parameters, in their order} */
        List<Long> parameters();

        /** {@return what the host arranges before it runs} */
        default Arrangement arrangement() {
            return Arrangement.NONE;
        }
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
            implements Guested {

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
            implements Guested {}

    /**
     * Two guests in virtual machines of their own take turns on one CPU; every run has to load the
     * other's VMCS first. An operation is a run of each.
     */
    record Turns() implements Guested {

        @Override
        public Guest guest() {
            return Guest.PIO;
        }

        @Override
        public List<Long> parameters() {
            return List.of(0L);
        }

        @Override
        public int events() {
            return 2;
        }
    }

    /**
     * {@code KVM_INTERRUPT} to a guest that has interrupts on: an operation sets its registers,
     * requests the interrupt and runs it to the first instruction of its handler, which is an OUT.
     */
    record Injection() implements Guested {

        @Override
        public Guest guest() {
            return Guest.INTERRUPT;
        }

        @Override
        public List<Long> parameters() {
            return List.of(0L, 0L);
        }
    }

    /**
     * An eventfd interrupts a guest that sleeps: an operation signals it and runs the guest to the
     * first instruction of its handler, which is an OUT.
     */
    record Irqfd() implements Guested {

        @Override
        public Guest guest() {
            return Guest.INTERRUPT;
        }

        @Override
        public List<Long> parameters() {
            return List.of(0L, 1L);
        }

        @Override
        public Arrangement arrangement() {
            return Arrangement.IRQCHIP;
        }
    }

    /**
     * What a device with a thread of its own does: an operation signals an eventfd that interrupts
     * the guest, and waits for the eventfd that the guest signals from its handler. The vCPU's
     * thread, on the same CPU, sleeps in {@code KVM_RUN} in between.
     */
    record Notification() implements Guested {

        @Override
        public Guest guest() {
            return Guest.INTERRUPT;
        }

        @Override
        public List<Long> parameters() {
            return List.of(0L, 1L, (long) Arrangement.DOORBELL_PORT);
        }

        @Override
        public Arrangement arrangement() {
            return Arrangement.IRQCHIP;
        }
    }

    /**
     * Two vCPUs, whose threads are on the same CPU, wake each other by interrupts.
     *
     * @param roundTrips how many times in one operation, two interrupts each
     */
    record Ipi(int roundTrips) implements Guested {

        @Override
        public Guest guest() {
            return Guest.IPI;
        }

        @Override
        public List<Long> parameters() {
            return List.of((long) roundTrips);
        }

        @Override
        public Arrangement arrangement() {
            return Arrangement.IRQCHIP;
        }

        @Override
        public int events() {
            return 2 * roundTrips;
        }
    }

    /**
     * A guest writes to pages that its page tables of the second stage, or the shadow ones, do not
     * have: an operation moves the memory slot away and back, which drops them, and has the guest
     * touch all its pages.
     *
     * @param pages how many
     */
    record FirstTouch(int pages) implements Guested {

        @Override
        public Guest guest() {
            return Guest.TOUCH;
        }

        @Override
        public List<Long> parameters() {
            return List.of((long) pages, WINDOW);
        }

        @Override
        public int events() {
            return pages;
        }
    }

    /**
     * A guest writes to all pages of a memory slot that is logged; then the log is read, which
     * resets it. An operation is both.
     *
     * @param pages how many
     */
    record DirtyPages(int pages) implements Guested {

        @Override
        public Guest guest() {
            return Guest.TOUCH;
        }

        @Override
        public List<Long> parameters() {
            return List.of((long) pages, WINDOW);
        }

        @Override
        public int events() {
            return pages;
        }
    }

    /**
     * The log of a memory slot is read in which nothing is written.
     *
     * @param pages the slot's size
     */
    record DirtyLogRead(int pages) implements Workload {}

    /** A virtual machine is created and closed. */
    record VmLifecycle() implements Workload {}

    /** A virtual machine with one vCPU, its run page mapped, is created and closed. */
    record VcpuLifecycle() implements Workload {}

    /**
     * A memory slot is created and removed.
     *
     * @param pages its size
     */
    record SlotLifecycle(int pages) implements Workload {}

    /** What a whole machine goes through, made and ended or taken back, its guest with it. */
    sealed interface Machined extends Workload {

        /** Each takes a thousand times as long as an exit, and goes through more code. */
        @Override
        default Duration compilation(Duration usual) {
            return usual.plusSeconds(6);
        }
    }

    /** A machine's life to its end, which is the first exit of its guest. */
    sealed interface WholeLife extends Guested, Machined {

        @Override
        default Guest guest() {
            return Guest.PIO;
        }

        @Override
        default List<Long> parameters() {
            return List.of(0L, 1L, (long) DebugExit.PORT);
        }
    }

    /**
     * A machine of 2 MiB is made, its guest comes to its end, which is its first exit, and all is
     * given back.
     */
    record MachineLife() implements WholeLife {}

    /**
     * Such lives on several threads at once. An operation is a life on each.
     *
     * @param threads how many
     */
    record LivesAtOnce(int threads) implements WholeLife {

        @Override
        public int events() {
            return threads;
        }

        @Override
        public boolean isOnOneCpu() {
            return false;
        }
    }

    /**
     * Machines that come to their end one after another, and are closed together.
     *
     * @param machines how many
     */
    record Crowd(int machines) implements WholeLife {

        @Override
        public int events() {
            return machines;
        }

        @Override
        public boolean isTurnByItself() {
            return true;
        }

        @Override
        public boolean isOnOneCpu() {
            return false;
        }
    }

    /** The same machine, but forked from a snapshot of one. */
    record Fork() implements WholeLife {}

    /**
     * A guest that writes to pages of its memory, of {@link #RESTORED} bytes, and exits; then the
     * machine is what it was before. An operation is both.
     *
     * @param pages to how many it writes
     */
    record Restoration(int pages) implements Guested, Machined {

        /** How much memory the machine has. */
        public static final long RESTORED = 32L << 20;

        @Override
        public Guest guest() {
            return Guest.TOUCH;
        }

        @Override
        public List<Long> parameters() {
            return List.of((long) pages, 0L);
        }
    }

    /**
     * A snapshot of a machine whose pages all have something in them is written to a file.
     *
     * @param mebibytes how much memory the machine has
     */
    record Saving(int mebibytes) implements Machined {}

    /**
     * A snapshot like that is read from a file and forked, and the fork's guest comes to its end.
     *
     * @param mebibytes how much memory the machine has
     */
    record Loading(int mebibytes) implements WholeLife {}

    /**
     * A process is started, runs a guest to its end, and ends.
     *
     * @param exits how many exits the guest makes before its end
     */
    record WholeProcess(long exits) implements Guested {

        @Override
        public Guest guest() {
            return Guest.PIO;
        }

        @Override
        public List<Long> parameters() {
            return List.of(exits);
        }

        @Override
        public boolean isTurnByItself() {
            return true;
        }

        @Override
        public boolean isOnOneCpu() {
            return false;
        }
    }

    /** A guest says that it is there, by a byte on COM1, and sleeps for ever. */
    record Sleep() implements Guested {

        private static final long COM1 = 0x3f8;

        @Override
        public Guest guest() {
            return Guest.INTERRUPT;
        }

        @Override
        public List<Long> parameters() {
            return List.of(0L, 1L, COM1);
        }

        @Override
        public Arrangement arrangement() {
            return Arrangement.IRQCHIP;
        }
    }
}
