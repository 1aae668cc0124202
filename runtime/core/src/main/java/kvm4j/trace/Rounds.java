package kvm4j.trace;

import kvm4j.kvm.ExitReason;
import kvm4j.x86.HardwareExit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A vCPU's rounds, in the order in which they were: each is one stay in the guest, from VM entry to
 * VM exit, and the time in root operation until the next. Kept as columns, since there may be
 * millions.
 *
 * <p>A round is named by its index, from 0 to {@link #count()}. Times are in nanoseconds of {@link
 * System#nanoTime}; {@link #UNSEEN} is one that nobody saw.
 */
public final class Rounds {

    /** The time of what was not seen. */
    public static final long UNSEEN = -1;

    private static final int NONE = -1;
    private static final ExitReason[] RETURNS = ExitReason.values();

    private final LongColumn entry = new LongColumn();
    private final LongColumn exit = new LongColumn();
    private final LongColumn handed = new LongColumn();
    private final LongColumn back = new LongColumn();
    private final LongColumn rip = new LongColumn();
    private final LongColumn information = new LongColumn();
    private final LongColumn more = new LongColumn();

    /** The host's processor, the hardware's reason and that for user space: indices. */
    private final LongColumn kinds = new LongColumn();

    private final List<HardwareExit> reasons = new ArrayList<>();
    private final Map<HardwareExit, Integer> reasonIndices = new HashMap<>();

    Rounds() {}

    /**
     * How many there are.
     *
     * @return at least 0
     */
    public int count() {
        return entry.size();
    }

    /**
     * When the guest was entered.
     *
     * @param round which round
     * @return the time, or {@link #UNSEEN}
     * @throws IndexOutOfBoundsException if there is no such round
     */
    public long entry(int round) {
        return entry.get(round);
    }

    /**
     * When the guest was left.
     *
     * @param round which round
     * @return the time, or {@link #UNSEEN}
     * @throws IndexOutOfBoundsException if there is no such round
     */
    public long exit(int round) {
        return exit.get(round);
    }

    /**
     * When {@code KVM_RUN} returned to user space.
     *
     * @param round which round
     * @return the time; {@link #UNSEEN} if the kernel handled the exit alone
     * @throws IndexOutOfBoundsException if there is no such round
     */
    public long handedOver(int round) {
        return handed.get(round);
    }

    /**
     * When user space called {@code KVM_RUN} again.
     *
     * @param round which round
     * @return the time; {@link #UNSEEN} if it had not been left, or never did
     * @throws IndexOutOfBoundsException if there is no such round
     */
    public long calledAgain(int round) {
        return back.get(round);
    }

    /**
     * Why the hardware left the guest.
     *
     * @param round which round
     * @return empty if that was not seen
     * @throws IndexOutOfBoundsException if there is no such round
     */
    public Optional<HardwareExit> reason(int round) {
        int index = reasonIndex(round);
        return index == NONE ? Optional.empty() : Optional.of(reasons.get(index));
    }

    /**
     * Why the hardware left the guest, as an index into {@link #reasons()}.
     *
     * @param round which round
     * @return -1 if that was not seen
     * @throws IndexOutOfBoundsException if there is no such round
     */
    public int reasonIndex(int round) {
        return (short) kinds.get(round);
    }

    /**
     * All reasons that there are.
     *
     * @return in the order in which they came first
     */
    public List<HardwareExit> reasons() {
        return List.copyOf(reasons);
    }

    /**
     * What user space was told.
     *
     * @param round which round
     * @return empty if the kernel handled the exit alone
     * @throws IndexOutOfBoundsException if there is no such round
     */
    public Optional<ExitReason> returned(int round) {
        int index = (short) (kinds.get(round) >> 16);
        return index == NONE ? Optional.empty() : Optional.of(RETURNS[index]);
    }

    /**
     * On which of the host's processors the guest ran.
     *
     * @param round which round
     * @return its number, -1 if that was not seen
     * @throws IndexOutOfBoundsException if there is no such round
     */
    public int hostCpu(int round) {
        return (int) (kinds.get(round) >> 32);
    }

    /**
     * Where the guest was when it was left.
     *
     * @param round which round
     * @return RIP; 0 if that was not seen
     * @throws IndexOutOfBoundsException if there is no such round
     */
    public long rip(int round) {
        return rip.get(round);
    }

    /**
     * The exit qualification of VMX, or EXITINFO1 of SVM.
     *
     * @param round which round
     * @return 0 if that was not seen
     * @throws IndexOutOfBoundsException if there is no such round
     */
    public long information(int round) {
        return information.get(round);
    }

    /**
     * IDT-vectoring information of VMX, or EXITINFO2 of SVM.
     *
     * @param round which round
     * @return 0 if that was not seen
     * @throws IndexOutOfBoundsException if there is no such round
     */
    public long moreInformation(int round) {
        return more.get(round);
    }

    /** Begins a round of which nothing is known. */
    void begin() {
        entry.add(UNSEEN);
        exit.add(UNSEEN);
        handed.add(UNSEEN);
        back.add(UNSEEN);
        rip.add(0);
        information.add(0);
        more.add(0);
        kinds.add(kinds(NONE, NONE, NONE));
    }

    private static long kinds(int cpu, int returned, int reason) {
        return (long) cpu << 32 | (returned & 0xffffL) << 16 | reason & 0xffffL;
    }

    /** The round that is going on has its entry. */
    void enter(TraceEvent.Entered event) {
        entry.set(last(), event.place().time());
        rip.set(last(), event.rip());
        at(event.place().cpu());
    }

    /** The round that is going on has its exit. */
    void leave(TraceEvent.Left event) {
        int index =
                reasonIndices.computeIfAbsent(
                        event.reason(),
                        reason -> {
                            reasons.add(reason);
                            return reasons.size() - 1;
                        });
        exit.set(last(), event.place().time());
        rip.set(last(), event.rip());
        information.set(last(), event.information());
        more.set(last(), event.more());
        kinds.set(last(), kinds.get(last()) & ~0xffffL | index & 0xffffL);
        at(event.place().cpu());
    }

    private void at(int cpu) {
        kinds.set(last(), kinds.get(last()) & 0xffff_ffffL | (long) cpu << 32);
    }

    /** User space has the round's exit. */
    void handOver(long time, ExitReason reason) {
        handed.set(last(), time);
        kinds.set(last(), kinds.get(last()) & ~0xffff_0000L | (long) reason.ordinal() << 16);
    }

    /** User space has gone back. */
    void callAgain(long time) {
        back.set(last(), time);
    }

    int last() {
        return count() - 1;
    }
}
