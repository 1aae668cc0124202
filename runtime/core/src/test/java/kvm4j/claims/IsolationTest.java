package kvm4j.claims;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.boot.ImageFormat;
import kvm4j.guests.Guest;
import kvm4j.kvm.NeedsKvm;
import kvm4j.kvm.Vcpu;
import kvm4j.linux.CpuSet;
import kvm4j.linux.NativeThread;
import kvm4j.machine.Machine;
import kvm4j.machine.MachineBuilder;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Claim: vCPUs, each with a VMCS of its own, are isolated from each other, and VMs too. Shown by
 * guests that fill all registers (general, SSE, x87, debug, CR2, MSRs) with a pattern of their own
 * and look whether they keep it, again and again, while others with other patterns have the same
 * CPU in between; and by memory that stays what it is, whatever another VM does at the same
 * addresses.
 */
@NeedsKvm
class IsolationTest {

    private static final long ENDLESS = 0;
    private static final long WITH_X87 = 1;

    /** How often each thread is to lose the CPU in the midst of its guest. */
    private static final long PREEMPTIONS = 20;

    private static final String LOST = "1 and the number of the value that was lost";

    /** Steps between an exit and the look, for the scheduler to come in between. */
    private static final long HOLD = 2000;

    private static final int HOSTILE_MACHINES = 8;

    private static final long FREE_MEMORY = 0x20_0000;

    private final CpuSet cpu =
            CpuSet.of(NativeThread.current().cpus().stream().max().orElseThrow());

    private static DrivenGuest keeping(int processors, long rounds, long seed) {
        VendorModule.ofThisHost(); // KVM's instruction emulator has no x87
        return DrivenGuest.of(Guest.KEEP, processors, rounds, seed, HOLD, WITH_X87);
    }

    /** One thread for each, all on one CPU, until the scheduler has come between often enough. */
    private void assertAllKeepTheirs(List<DrivenGuest> guests) throws InterruptedException {
        List<GuestThread> threads = new ArrayList<>();
        try {
            for (DrivenGuest guest : guests) {
                guest.vcpus().forEach(vcpu -> threads.add(GuestThread.start(vcpu, cpu)));
            }
            for (GuestThread thread : threads) {
                while (thread.preemptions() < PREEMPTIONS && thread.isRunning()) {
                    Thread.sleep(5);
                }
            }
            guests.forEach(guest -> guest.setParameter(0, 1)); // the round that they are in
            for (GuestThread thread : threads) {
                assertEquals(0, thread.await(), LOST);
            }
        } finally {
            threads.forEach(GuestThread::close);
        }
    }

    @Test
    void vcpusOfOneVmKeepTheirRegisters() throws InterruptedException {
        try (DrivenGuest guest = keeping(3, ENDLESS, 1)) {
            assertAllKeepTheirs(List.of(guest));
        }
    }

    @Test
    void vcpusOfSeveralVmsKeepTheirRegisters() throws InterruptedException {
        try (DrivenGuest one = keeping(1, ENDLESS, 1);
                DrivenGuest two = keeping(1, ENDLESS, 2);
                DrivenGuest three = keeping(1, ENDLESS, 3)) {
            assertAllKeepTheirs(List.of(one, two, three));
        }
    }

    /** One thread, so that nothing but the switch of vCPUs lies between two entries. */
    @Test
    void vcpusThatTakeTurnsOnOneThreadKeepTheirRegisters() {
        try (DrivenGuest one = keeping(2, 100, 4);
                DrivenGuest two = keeping(1, 100, 5)) {
            List<Vcpu> running = new ArrayList<>(List.of(one.vcpu(0), two.vcpu(0), one.vcpu(1)));
            while (!running.isEmpty()) {
                running.removeIf(IsolationTest::isThroughAfterItsTurn);
            }
        }
    }

    private static boolean isThroughAfterItsTurn(Vcpu vcpu) {
        vcpu.run();
        boolean through = vcpu.exit().ioPort() == 0xf4;
        if (through) {
            assertEquals(0, vcpu.exit().ioValue(0), vcpu::toString);
        }
        return through;
    }

    /**
     * Both read and write the same guest-physical address, behind which each has its own memory.
     */
    @Test
    void anAddressIsEachVmsOwn() {
        long rounds = 100_000;
        try (DrivenGuest one = DrivenGuest.of(Guest.WATCH, 1, rounds);
                DrivenGuest two = DrivenGuest.of(Guest.WATCH, 1, rounds + 1)) {
            one.memory().putLong(FREE_MEMORY, 111);
            two.memory().putLong(FREE_MEMORY, 222);
            try (GuestThread first = GuestThread.start(one.vcpu(0), cpu);
                    GuestThread second = GuestThread.start(two.vcpu(0), cpu)) {
                assertEquals(0, first.await());
                assertEquals(0, second.await());
            }
            assertEquals(111, one.memory().getLong(Guest.COUNTERS));
            assertEquals(222, two.memory().getLong(Guest.COUNTERS));
            assertEquals(rounds, one.memory().getLong(FREE_MEMORY + Long.BYTES));
            assertEquals(rounds + 1, two.memory().getLong(FREE_MEMORY + Long.BYTES));
        }
    }

    /** It writes anything anywhere, in a VM whose memory is at the same addresses. */
    @Test
    void aHostileNeighbourChangesNothing() {
        byte[] content = new byte[(int) (DrivenGuest.MEMORY_SIZE - FREE_MEMORY)];
        new Random(1).nextBytes(content);
        try (DrivenGuest victim = keeping(1, ENDLESS, 6)) {
            victim.memory().write(FREE_MEMORY, content);
            try (GuestThread thread = GuestThread.start(victim.vcpu(0), cpu)) {
                for (int machine = 0; machine < HOSTILE_MACHINES; machine++) {
                    runHostile(2L * machine); // an even seed goes anywhere
                    assertTrue(thread.isRunning());
                }
                victim.setParameter(0, 1);
                assertEquals(0, thread.await(), LOST);
            }
            byte[] after = victim.memory().read(FREE_MEMORY, content.length);
            assertArrayEquals(content, after);
        }
    }

    private void runHostile(long seed) {
        byte[] image = Guest.HOSTILE.image();
        MachineBuilder builder =
                Machine.builder()
                        .memory(DrivenGuest.MEMORY_SIZE)
                        .image(ImageFormat.of(image).read(image))
                        .pin(cpu.stream().findFirst().orElseThrow())
                        .timeLimit(Duration.ofMillis(200))
                        .prepare(memory -> memory.putLong(Guest.PARAMETER_BLOCK, seed));
        try (Machine machine = builder.build()) {
            machine.run();
        }
    }
}
