package kvm4j.trace;

import kvm4j.kvm.ExitReason;
import kvm4j.kvm.Vcpu;
import kvm4j.linux.NativeThread;
import kvm4j.machine.ExitObserver;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * When a machine's vCPUs call {@code KVM_RUN}, and when and why it returns, as user space sees it:
 * two readings of the clock for each exit.
 */
final class RunLog implements ExitObserver {

    /** How many exits of a vCPU are kept. */
    static final int MOST_EXITS = 4 << 20;

    private final Map<Integer, Calls> vcpus = new ConcurrentHashMap<>();
    private final Consumer<NativeThread> threads;

    /**
     * Keeps nothing yet.
     *
     * @param threads told each vCPU's thread before it enters the guest
     */
    RunLog(Consumer<NativeThread> threads) {
        this.threads = threads;
    }

    /** One vCPU's calls. Its own thread alone writes them. */
    static final class Calls {

        private static final ExitReason[] REASONS = ExitReason.values();

        /** No exit, but a call. */
        static final int CALL = 0xff;

        private final int vcpu;
        private final int thread;

        /** The time, in the bits above the lowest 8, which are {@link #CALL} or a reason. */
        private final LongColumn moments = new LongColumn();

        Calls(int vcpu, int thread) {
            this.vcpu = vcpu;
            this.thread = thread;
        }

        /**
         * Adds a moment.
         *
         * @param time when, in nanoseconds of {@link System#nanoTime}
         * @param what {@link #CALL}, or a reason's ordinal number
         */
        void add(long time, int what) {
            if (!isFull()) {
                moments.add(time << 8 | what);
            }
        }

        int vcpu() {
            return vcpu;
        }

        int thread() {
            return thread;
        }

        int size() {
            return moments.size();
        }

        long time(int index) {
            return moments.get(index) >> 8;
        }

        /** The moment as an event, on whichever processor. */
        TraceEvent event(int index) {
            var place = new TraceEvent.Place(time(index), -1, thread);
            int what = (int) moments.get(index) & 0xff;
            return what == CALL
                    ? new TraceEvent.RunCalled(place)
                    : new TraceEvent.Received(place, REASONS[what]);
        }

        /** Whether more came than is kept. */
        boolean isFull() {
            return moments.size() >= 2 * MOST_EXITS;
        }
    }

    @Override
    public void started(Vcpu vcpu, NativeThread thread) {
        vcpus.put(vcpu.id(), new Calls(vcpu.id(), thread.id()));
        threads.accept(thread);
    }

    @Override
    public void entering(Vcpu vcpu) {
        vcpus.get(vcpu.id()).add(System.nanoTime(), Calls.CALL);
    }

    @Override
    public void exited(Vcpu vcpu, ExitReason reason) {
        vcpus.get(vcpu.id()).add(System.nanoTime(), reason.ordinal());
    }

    /** All vCPUs that have started, by their number. */
    List<Calls> vcpus() {
        return vcpus.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(Map.Entry::getValue)
                .toList();
    }
}
