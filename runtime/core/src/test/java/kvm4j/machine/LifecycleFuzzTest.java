package kvm4j.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.boot.FlatImage;
import kvm4j.device.BusDevice;
import kvm4j.kvm.NeedsKvm;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/**
 * Machines that several threads start, pause, hold, resume, look into, stop, close and interrupt at
 * random, with guests of all tempers, consoles that stall and devices that throw or do not return.
 * Every operation comes back, every machine ends, and nothing is left behind. Longer with {@code
 * -Dlifecycle.seconds=600}; {@code -Dlifecycle.seed} repeats a run.
 */
@NeedsKvm
@Tag("long")
class LifecycleFuzzTest {

    private static final long SECONDS = Long.getLong("lifecycle.seconds", 2);
    private static final long SEED = Long.getLong("lifecycle.seed", System.nanoTime());
    private static final int THREADS = 4;
    private static final int OPERATIONS = 12;

    /** Far above what is promised, for hosts that are busy with something else. */
    private static final long DEADLINE_SECONDS = 60;

    private static final List<String> GUESTS =
            List.of(
                    "ebfe", // spins
                    "fbf4ebfd", // halts with interrupts on
                    "faf4ebfd", // halts for good
                    "e680ebfc", // writes to a device for ever
                    "e480ebfc", // reads from it
                    "baf803b078eeebfd", // prints for ever
                    "baf803b90040b078f36eebf7", // prints strings for ever
                    "b005e6f4ebfe", // exits
                    "b0fee664ebfe", // resets a PC
                    "0f0b"); // shuts down

    @ParameterizedTest
    @EnumSource(IrqchipMode.class)
    void everyMachineEndsAndNothingIsLeft(IrqchipMode irqchip, TestReporter reporter)
            throws Exception {
        reporter.publishEntry("seed", Long.toString(SEED));
        Random random = new Random(SEED + irqchip.ordinal());
        try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            oneLife(random, irqchip, threads);
            HostResources before = HostResources.inUse();
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
            int lives = 0;
            do {
                oneLife(random, irqchip, threads);
                lives++;
            } while (System.nanoTime() < end);
            reporter.publishEntry("machines", Integer.toString(lives));
            awaitNoMoreThan(before);
        }
        assertEquals(0, vcpuThreads(), "vCPU threads left");
    }

    /** Devices that did not return are let go a little later. */
    private static void awaitNoMoreThan(HostResources before) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
        while (HostResources.inUse().descriptors() > before.descriptors()
                && System.nanoTime() < deadline) {
            LockSupport.parkNanos(1_000_000);
        }
        HostResources.inUse().assertNoMoreThan(before);
    }

    private static long vcpuThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("kvm4j-vcpu"))
                .filter(LifecycleFuzzTest::isAlive)
                .count();
    }

    private static boolean isAlive(Thread thread) {
        try {
            thread.join(TimeUnit.SECONDS.toMillis(DEADLINE_SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return thread.isAlive();
    }

    private void oneLife(Random random, IrqchipMode irqchip, ExecutorService threads)
            throws Exception {
        long seed = random.nextLong();
        Machine machine = machine(new Random(seed), irqchip);
        List<Future<?>> operators = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            Random own = new Random(seed + i);
            operators.add(threads.submit(() -> operate(machine, own)));
        }
        for (Future<?> operator : operators) {
            if (random.nextInt(10) == 0) {
                operator.cancel(true);
            }
            finish(operator, seed);
        }
        finish(threads.submit(machine::close), seed);
        assertTrue(machine.outcome().get(DEADLINE_SECONDS, TimeUnit.SECONDS) != null);
    }

    private static void finish(Future<?> operator, long seed) throws Exception {
        try {
            operator.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
        } catch (CancellationException cancelled) {
            // interrupted, which ends it soon
        } catch (ExecutionException e) {
            throw new AssertionError("seed " + seed, e.getCause());
        } catch (TimeoutException e) {
            throw new AssertionError("an operation did not return, seed " + seed, e);
        }
    }

    private static void operate(Machine machine, Random random) {
        for (int i = 0; i < OPERATIONS; i++) {
            try {
                operation(machine, random);
            } catch (IllegalStateException | InterruptedException | TimeoutException expected) {
                // too early, too late, stuck in a device, or interrupted
            }
        }
    }

    private static void operation(Machine machine, Random random)
            throws InterruptedException, TimeoutException {
        switch (random.nextInt(14)) {
            case 0, 1, 2 -> machine.start();
            case 3, 4 -> machine.pause();
            case 5, 6, 7 -> machine.resume();
            case 8 -> {
                Machine.Hold hold = machine.hold();
                LockSupport.parkNanos(random.nextInt(100_000));
                hold.close();
            }
            case 9 -> machine.onVcpu(0, vcpu -> vcpu.registers().rip());
            case 10 -> machine.await(Duration.ofNanos(random.nextInt(5_000_000)));
            case 11 -> LockSupport.parkNanos(random.nextInt(2_000_000));
            case 12 -> {
                if (random.nextInt(4) == 0) {
                    machine.stop();
                }
            }
            default -> {
                if (random.nextInt(8) == 0) {
                    machine.close();
                }
            }
        }
    }

    private static Machine machine(Random random, IrqchipMode irqchip) {
        String code = GUESTS.get(random.nextInt(GUESTS.size()));
        MachineBuilder builder =
                Machine.builder()
                        .memory(1 << 20)
                        .image(new FlatImage(HexFormat.of().parseHex(code)))
                        .irqchip(irqchip)
                        .processors(irqchip == IrqchipMode.NONE ? 1 : 1 + random.nextInt(3))
                        .ports(0x80, 1, new MoodyDevice(new Random(random.nextLong())))
                        .console(new MoodyOutput(new Random(random.nextLong())));
        if (random.nextInt(3) == 0) {
            builder.timeLimit(Duration.ofNanos(1 + random.nextInt(20_000_000)));
        }
        if (random.nextBoolean()) {
            builder.pc();
        }
        if (random.nextInt(4) == 0) {
            builder.peripheral(board -> board.coalescePorts(0x80, 1));
        }
        return builder.build();
    }

    /** Works, as a rule. */
    private static final class MoodyDevice implements BusDevice {
        private final Random random;

        MoodyDevice(Random random) {
            this.random = random;
        }

        @Override
        public long read(long offset, int size) {
            switch (random.nextInt(20_000)) {
                case 0 -> throw new IllegalStateException("a mood");
                case 1 -> throw new StackOverflowError("a mood");
                case 2, 3 -> LockSupport.parkNanos(50_000_000);
                default -> {
                    // in a good mood
                }
            }
            return 0;
        }

        @Override
        public void write(long offset, int size, long value) {
            read(offset, size);
        }
    }

    /** Takes what it gets, as a rule. */
    private static final class MoodyOutput extends OutputStream {
        private final Random random;

        MoodyOutput(Random random) {
            this.random = random;
        }

        @Override
        public void write(int value) throws IOException {
            write(new byte[1], 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            switch (random.nextInt(50)) {
                case 0 -> throw new IOException("a mood");
                case 1, 2 -> LockSupport.parkNanos(300_000_000);
                default -> {
                    // in a good mood
                }
            }
        }
    }
}
