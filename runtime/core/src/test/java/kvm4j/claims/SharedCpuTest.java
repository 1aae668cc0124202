package kvm4j.claims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.guests.Guest;
import kvm4j.kvm.NeedsKvm;
import kvm4j.kvm.Vcpu;
import kvm4j.linux.CpuSet;
import kvm4j.linux.NativeThread;
import kvm4j.memory.GuestMemory;

import org.junit.jupiter.api.Test;

import java.util.List;

/**
 * Claim: a vCPU's thread is an ordinary thread under the scheduler, which takes the CPU from it in
 * the midst of the guest and gives it back. Shown by two vCPUs bound to one CPU of the host that
 * never leave the guest by themselves: both are pre-empted, as the kernel counts it, both come as
 * far, and what they compute is right to the last step.
 */
@NeedsKvm
class SharedCpuTest {

    private static final long SEED = 0xc0ffee;

    /** Enough turns for the shares of the two to be near each other. */
    private static final long PREEMPTIONS = 40;

    /** An emulated host whose own host has other work gives one longer turns than the other. */
    private static final int UNEVEN = 4;

    /** A vCPU that computes, and where its results are. */
    private record Computer(Vcpu vcpu, DrivenGuest guest, int number) {

        GuestMemory memory() {
            return guest.memory();
        }

        long results() {
            return Guest.COUNTERS + number * 64L;
        }

        long count() {
            return memory().getLong(results());
        }

        long last() {
            return memory().getLong(results() + Long.BYTES);
        }

        void finish() {
            guest.setParameter(0, 1); // it is past that: the next step is its last
        }
    }

    private static DrivenGuest computing(int processors) {
        return DrivenGuest.of(Guest.CHAIN, processors, 0, SEED);
    }

    @Test
    void twoVcpusOfOneVmShareACpu() throws InterruptedException {
        try (DrivenGuest guest = computing(2)) {
            assertShare(
                    new Computer(guest.vcpu(0), guest, 0), new Computer(guest.vcpu(1), guest, 1));
        }
    }

    @Test
    void vcpusOfTwoVmsShareACpu() throws InterruptedException {
        try (DrivenGuest guest = computing(1);
                DrivenGuest other = computing(1)) {
            assertShare(
                    new Computer(guest.vcpu(0), guest, 0), new Computer(other.vcpu(0), other, 0));
        }
    }

    private static void assertShare(Computer one, Computer two) throws InterruptedException {
        CpuSet cpu = CpuSet.of(NativeThread.current().cpus().stream().max().orElseThrow());
        try (GuestThread first = GuestThread.start(one.vcpu(), cpu);
                GuestThread second = GuestThread.start(two.vcpu(), cpu)) {
            awaitPreemptions(first, second, 1);
            long firstBefore = one.count();
            long secondBefore = two.count();
            awaitPreemptions(first, second, PREEMPTIONS);
            long ofFirst = one.count() - firstBefore;
            long ofSecond = two.count() - secondBefore;
            assertTrue(
                    UNEVEN * Math.min(ofFirst, ofSecond) > Math.max(ofFirst, ofSecond),
                    () -> ofFirst + " steps and " + ofSecond);
            for (Computer computer : List.of(one, two)) {
                computer.finish();
            }
            assertEquals(0, first.await());
            assertEquals(0, second.await());
        }
        for (Computer computer : List.of(one, two)) {
            assertEquals(
                    chain(SEED + computer.number(), computer.count()),
                    computer.last(),
                    () -> "after " + computer.count() + " steps");
        }
    }

    private static void awaitPreemptions(GuestThread first, GuestThread second, long more)
            throws InterruptedException {
        long ofFirst = first.preemptions() + more;
        long ofSecond = second.preemptions() + more;
        while (first.preemptions() < ofFirst || second.preemptions() < ofSecond) {
            assertTrue(first.isRunning() && second.isRunning());
            Thread.sleep(5);
        }
    }

    private static long chain(long seed, long count) {
        long x = seed;
        for (long i = 0; i < count; i++) {
            x ^= x << 13;
            x ^= x >>> 7;
            x ^= x << 17;
        }
        return x;
    }
}
