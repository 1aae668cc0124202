package kvm4j.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.boot.FlatImage;
import kvm4j.kvm.NeedsKvm;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.util.HexFormat;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/** Machines that are ready. */
@NeedsKvm
class MachinePoolTest {

    /** mov [0x5000], %al; inc byte [0x5000]; out %al, $0xf4: ends with what is there. */
    private static final byte[] ENDS = HexFormat.of().parseHex("a00050fe060050e6f4");

    /** 1: inc byte [0x5000]; jmp 1b. */
    private static final byte[] GOES_ON = HexFormat.of().parseHex("fe060050ebfa");

    private Machine machine;
    private Snapshot snapshot;

    private MachinePool pool(byte[] code, int capacity) {
        machine =
                Machine.builder()
                        .memory(1 << 20)
                        .image(new FlatImage(code))
                        .prepare(memory -> memory.putByte(0x5000, (byte) 7))
                        .build();
        snapshot = machine.snapshot();
        return new MachinePool(snapshot, capacity, builder -> {});
    }

    @AfterEach
    void closeWhatItWasMadeFrom() {
        snapshot.close();
        machine.close();
    }

    @Test
    void oneThatEndedIsReplaced() throws InterruptedException {
        try (MachinePool pool = pool(ENDS, 1)) {
            Machine last = null;
            for (int round = 0; round < 20; round++) {
                Machine taken = pool.take();
                assertNotSame(last, taken);
                taken.resume();
                assertEquals(new Outcome.Exited(7), taken.await());
                pool.giveBack(taken);
                last = taken;
            }
            assertTrue(pool.holding().forks() >= 20, pool.holding().toString());
            assertEquals(0, pool.holding().restorations());
        }
    }

    @Test
    void whatCannotBeMadeIsToldOfWhateverWasThrown() {
        machine = Machine.builder().memory(1 << 20).image(new FlatImage(ENDS)).build();
        snapshot = machine.snapshot();
        IOException checked = new IOException("no disk");
        try (MachinePool pool = new MachinePool(snapshot, 1, _ -> sneak(checked))) {
            for (int round = 0; round < 3; round++) {
                var refusal = assertThrows(IllegalStateException.class, pool::take);
                assertSame(checked, refusal.getCause());
            }
        }
    }

    @Test
    @Timeout(60)
    void isClosedWhileSomebodyKeepsItFromMakingOne() throws InterruptedException {
        machine = Machine.builder().memory(1 << 20).image(new FlatImage(ENDS)).build();
        snapshot = machine.snapshot();
        Semaphore never = new Semaphore(0);
        CountDownLatch kept = new CountDownLatch(1);
        AtomicInteger made = new AtomicInteger();
        MachinePool pool =
                new MachinePool(
                        snapshot,
                        2,
                        _ -> {
                            if (made.incrementAndGet() == 2) {
                                kept.countDown();
                                never.acquireUninterruptibly();
                            }
                        });
        Machine taken = pool.take();
        kept.await();
        pool.close();
        pool.close();
        assertThrows(IllegalStateException.class, taken::start);
        assertThrows(IllegalStateException.class, pool::take);
        never.release();
    }

    @Test
    @Timeout(60)
    void itsOwnThreadCannotWaitForIt() throws InterruptedException {
        machine = Machine.builder().memory(1 << 20).image(new FlatImage(ENDS)).build();
        snapshot = machine.snapshot();
        CompletableFuture<MachinePool> itself = new CompletableFuture<>();
        Queue<Throwable> refusals = new ConcurrentLinkedQueue<>();
        try (MachinePool pool =
                new MachinePool(
                        snapshot,
                        1,
                        _ -> {
                            MachinePool own = itself.join();
                            refusals.add(assertThrows(IllegalStateException.class, own::close));
                            refusals.add(assertThrows(IllegalStateException.class, own::take));
                        })) {
            itself.complete(pool);
            pool.take();
            assertEquals(2, refusals.size());
        }
    }

    @SuppressWarnings("unchecked") // as code that is not Java's does
    private static <T extends Throwable> void sneak(Throwable failure) throws T {
        throw (T) failure;
    }

    @Test
    void oneThatGoesOnIsTakenBack() throws InterruptedException {
        try (MachinePool pool = pool(GOES_ON, 1)) {
            Machine first = pool.take();
            Machine taken = first;
            for (int round = 0; round < 20; round++) {
                assertSame(first, taken);
                assertEquals(7, taken.memory().getByte(0x5000));
                taken.resume();
                while (taken.memory().getByte(0x5000) == 7) {
                    Thread.onSpinWait();
                }
                pool.giveBack(taken);
                taken = pool.take();
            }
            assertEquals(1, pool.holding().forks());
            assertEquals(20, pool.holding().restorations());
        }
    }

    @Test
    void manyShareIt() throws Exception {
        try (MachinePool pool = pool(ENDS, 3);
                ExecutorService threads = Executors.newFixedThreadPool(6)) {
            var runs =
                    IntStream.range(0, 60)
                            .mapToObj(
                                    _ ->
                                            threads.submit(
                                                    () -> {
                                                        Machine taken = pool.take();
                                                        taken.resume();
                                                        Outcome outcome = taken.await();
                                                        pool.giveBack(taken);
                                                        return outcome;
                                                    }))
                            .toList();
            for (Future<Outcome> run : runs) {
                assertEquals(new Outcome.Exited(7), run.get());
            }
            assertTrue(pool.holding().memory() <= 4L << 20, pool.holding().toString());
        }
    }

    @Test
    void isClosedWithAllThatWasTaken() throws InterruptedException {
        MachinePool pool = pool(GOES_ON, 2);
        Machine taken = pool.take();
        taken.resume();
        pool.close();
        pool.close();
        assertInstanceOf(Outcome.Stopped.class, taken.await());
        assertThrows(IllegalStateException.class, pool::take);
        assertThrows(IllegalArgumentException.class, () -> pool.giveBack(taken));
    }

    @Test
    void whatCannotBeMadeIsSaidToWhoTakesIt() {
        machine = Machine.builder().memory(1 << 20).image(new FlatImage(ENDS)).build();
        snapshot = machine.snapshot();
        try (MachinePool pool =
                new MachinePool(
                        snapshot,
                        1,
                        builder -> builder.irqchip(IrqchipMode.KERNEL).processors(2))) {
            assertThrows(IllegalArgumentException.class, pool::take);
            assertThrows(IllegalArgumentException.class, pool::take);
        }
    }
}
