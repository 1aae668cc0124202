package kvm4j.machine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.boot.FlatImage;
import kvm4j.device.BusDevice;
import kvm4j.kvm.ExitReason;
import kvm4j.kvm.NeedsKvm;
import kvm4j.kvm.Vcpu;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A machine ends when it ends, and nothing a guest or a bystander does can change that. */
@NeedsKvm
class MachineEndTest {

    /** Far above what a machine promises: for hosts that are busy with something else. */
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private static final String SPIN = "ebfe";
    private static final String OUT_80_FOR_EVER = "e680ebfc";
    private static final String PRINT_FOR_EVER = "baf803b078eeebfd";
    private static final String PRINT_ONCE = "baf803b078ee";
    private static final String EXIT_5 = "b005e6f4";

    private static MachineBuilder running(String code) {
        return Machine.builder().memory(1 << 20).image(image(code));
    }

    private static FlatImage image(String code) {
        return new FlatImage(HexFormat.of().parseHex(code));
    }

    private static BusDevice writesTo(Runnable action) {
        return new BusDevice() {
            @Override
            public long read(long offset, int size) {
                return 0;
            }

            @Override
            public void write(long offset, int size, long value) {
                action.run();
            }
        };
    }

    private static Outcome outcomeOf(Machine machine) throws Exception {
        return machine.outcome().get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
    }

    private static Outcome runToItsEnd(MachineBuilder builder) throws Exception {
        try (Machine machine = builder.build()) {
            machine.start();
            return outcomeOf(machine);
        }
    }

    @SuppressWarnings("unchecked") // what other languages do without asking
    private static <T extends Throwable> RuntimeException smuggled(Throwable failure) throws T {
        throw (T) failure;
    }

    private static Stream<Throwable> throwables() {
        return Stream.of(
                new RuntimeException("unchecked"),
                new IOException("checked"),
                new InterruptedException("interrupted"),
                new StackOverflowError("error"),
                new OutOfMemoryError("heap"));
    }

    // 1. The guest runs on after its end.

    @Tag("long")
    @ParameterizedTest
    @EnumSource(IrqchipMode.class)
    void noInstructionRunsAfterTheExitPort(IrqchipMode irqchip) throws Exception {
        for (int i = 0; i < 300; i++) {
            var printed = new ByteArrayOutputStream();
            MachineBuilder builder =
                    running(EXIT_5 + PRINT_FOR_EVER).irqchip(irqchip).console(printed);
            assertEquals(new Outcome.Exited(5), runToItsEnd(builder));
            assertEquals(0, printed.size());
        }
    }

    @Tag("long")
    @Test
    void noInstructionRunsAfterAnEndThatCameSecond() throws Exception {
        for (int i = 0; i < 300; i++) {
            var written = new AtomicInteger();
            var machine = new AtomicReference<Machine>();
            MachineBuilder builder =
                    running("e610" + OUT_80_FOR_EVER)
                            .ports(0x10, 1, writesTo(() -> machine.get().stop()))
                            .ports(0x80, 1, writesTo(written::incrementAndGet));
            try (Machine built = builder.build()) {
                machine.set(built);
                var stopping = CompletableFuture.runAsync(built::stop);
                built.start();
                assertEquals(new Outcome.Stopped(), outcomeOf(built));
                stopping.join();
                assertEquals(0, written.get());
            }
        }
    }

    @Tag("long")
    @Test
    void noInstructionRunsAfterAReset() throws Exception {
        for (int i = 0; i < 200; i++) {
            var printed = new ByteArrayOutputStream();
            MachineBuilder builder =
                    running("b0fee664" + PRINT_FOR_EVER)
                            .irqchip(IrqchipMode.KERNEL)
                            .pc()
                            .console(printed);
            assertEquals(new Outcome.Reset(), runToItsEnd(builder));
            assertEquals(0, printed.size());
        }
    }

    // 3. Output nobody reads.

    @Test
    void outputThatNobodyReadsDoesNotKeepAMachine() throws Exception {
        Pipe pipe = Pipe.open();
        try (var sink = pipe.sink();
                var source = pipe.source()) {
            MachineBuilder builder =
                    running(PRINT_FOR_EVER)
                            .console(Channels.newOutputStream(sink))
                            .timeLimit(Duration.ofMillis(300));
            assertInstanceOf(Outcome.TimeLimitReached.class, runToItsEnd(builder));
            assertTrue(source.isOpen());
        }
    }

    @Test
    void outputThatBlocksForEverDoesNotKeepAMachine() throws Exception {
        var stalled = new Semaphore(0);
        OutputStream sink =
                new OutputStream() {
                    @Override
                    public void write(int value) {
                        stalled.acquireUninterruptibly();
                    }
                };
        try (Machine machine = running(PRINT_FOR_EVER).console(sink).build()) {
            machine.start();
            machine.stop();
            assertEquals(new Outcome.Stopped(), outcomeOf(machine));
        } finally {
            stalled.release(1 << 20);
        }
    }

    @Test
    void aSlowReaderGetsEverything() throws Exception {
        String print80k = "b9ffff ba f803 b078 f36e b9ff3f f36e".replace(" ", "");
        var exits = new AtomicInteger();
        var reads = new CountDownLatch(1);
        var taken = new ByteArrayOutputStream();
        OutputStream slow = waitingFor(reads, taken);
        MachineBuilder builder =
                running(print80k + EXIT_5)
                        .console(slow)
                        .observer((vcpu, reason) -> exits.incrementAndGet());
        try (Machine machine = builder.build()) {
            machine.start();
            int seen;
            do { // until the guest is held
                seen = exits.get();
                Thread.sleep(100);
            } while (seen == 0 || seen != exits.get());
            assertThrows(TimeoutException.class, () -> machine.await(Duration.ZERO));
            reads.countDown();
            assertEquals(new Outcome.Exited(5), outcomeOf(machine));
        }
        assertEquals(0xffff + 0x3fff, taken.size());
    }

    /** A sink whose writer waits until somebody lets it, or interrupts it. */
    private static OutputStream waitingFor(CountDownLatch reads, OutputStream taken) {
        return new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                try {
                    reads.await();
                } catch (InterruptedException e) {
                    throw new InterruptedIOException();
                }
                taken.write(value);
            }
        };
    }

    @Test
    void aGuestThatEndedWellHasNotIfWhatItPrintedIsLost() throws Exception {
        OutputStream sink = waitingFor(new CountDownLatch(1), OutputStream.nullOutputStream());
        MachineBuilder builder =
                running(PRINT_ONCE + EXIT_5).console(sink).outputPatience(Duration.ofMillis(50));
        var outcome = assertInstanceOf(Outcome.HostError.class, runToItsEnd(builder));
        assertTrue(outcome.describe().contains("which is lost"), outcome.describe());
    }

    @Test
    void whoHasPatienceGetsEverything() throws Exception {
        var reads = new CountDownLatch(1);
        var taken = new ByteArrayOutputStream();
        var left = new CountDownLatch(1);
        MachineBuilder builder =
                running(PRINT_ONCE + EXIT_5)
                        .console(waitingFor(reads, taken))
                        .observer(whenLeft(left))
                        .outputPatience(DEADLINE);
        try (Machine machine = builder.build()) {
            machine.start();
            left.await();
            Thread.sleep(Ending.OUTPUT_MILLISECONDS + 500);
            assertFalse(machine.outcome().isDone());
            reads.countDown();
            assertEquals(new Outcome.Exited(5), outcomeOf(machine));
        }
        assertEquals("x", taken.toString());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void patienceEndsWithWhoeverStopsTheMachine(boolean hasLeft) throws Exception {
        var left = new CountDownLatch(hasLeft ? 1 : 0);
        OutputStream sink = waitingFor(new CountDownLatch(1), OutputStream.nullOutputStream());
        MachineBuilder builder =
                running(PRINT_ONCE + EXIT_5)
                        .console(sink)
                        .observer(whenLeft(left))
                        .outputPatience(ChronoUnit.FOREVER.getDuration());
        try (Machine machine = builder.build()) {
            machine.start();
            left.await();
            for (int i = 0; i < 20; i++) {
                machine.stop();
                Thread.sleep(1);
            }
            assertTrue(outcomeOf(machine) instanceof Outcome.HostError || !hasLeft);
        }
    }

    @Test
    void patienceEndsWithTheTimeLimit() throws Exception {
        OutputStream sink = waitingFor(new CountDownLatch(1), OutputStream.nullOutputStream());
        MachineBuilder builder =
                running(PRINT_ONCE + EXIT_5)
                        .console(sink)
                        .timeLimit(Duration.ofMillis(500))
                        .outputPatience(ChronoUnit.FOREVER.getDuration());
        assertInstanceOf(Outcome.HostError.class, runToItsEnd(builder));
    }

    private static ExitObserver whenLeft(CountDownLatch left) {
        return new ExitObserver() {
            @Override
            public void exited(Vcpu vcpu, ExitReason reason) {}

            @Override
            public void left(Vcpu vcpu) {
                left.countDown();
            }
        };
    }

    @Test
    void aPromptWithoutALineEndIsSeenWhileTheGuestComputes() throws Exception {
        var seen = new CountDownLatch(1);
        OutputStream sink =
                new OutputStream() {
                    @Override
                    public void write(int value) {
                        seen.countDown();
                    }
                };
        try (Machine machine = running("baf803b024ee" + SPIN).console(sink).build()) {
            machine.start();
            assertTrue(seen.await(DEADLINE.toSeconds(), TimeUnit.SECONDS));
        }
    }

    @Test
    void anOutcomeNamesTheOutputThatFailed() throws Exception {
        OutputStream broken =
                new OutputStream() {
                    @Override
                    public void write(int value) throws IOException {
                        throw new IOException("Broken pipe");
                    }
                };
        Outcome outcome =
                runToItsEnd(running(PRINT_FOR_EVER).console(broken).consoleName("standard output"));
        assertEquals("standard output: Broken pipe", outcome.describe());
    }

    // 4. Pauses.

    @Test
    void whatCannotWorkFromAVcpusThreadIsRefusedAtOnce() throws Exception {
        List<Consumer<Machine>> deeds =
                List.of(Machine::pause, Machine::hold, Machine::await, Machine::close);
        for (Consumer<Machine> deed : deeds) {
            var machine = new AtomicReference<Machine>();
            MachineBuilder builder =
                    running(OUT_80_FOR_EVER)
                            .ports(0x80, 1, writesTo(() -> deed.accept(machine.get())));
            try (Machine built = builder.build()) {
                machine.set(built);
                built.start();
                var outcome = assertInstanceOf(Outcome.HostError.class, outcomeOf(built));
                assertInstanceOf(IllegalStateException.class, outcome.cause());
                assertTrue(outcome.describe().contains("own thread"), outcome.describe());
            }
        }
    }

    @Test
    void pausesAreCounted() {
        var written = new AtomicInteger();
        MachineBuilder builder =
                running(OUT_80_FOR_EVER).ports(0x80, 1, writesTo(written::incrementAndGet));
        try (Machine machine = builder.build()) {
            machine.start();
            machine.pause();
            Machine.Hold inner = machine.hold();
            machine.resume();
            int paused = written.get();
            Thread.yield();
            assertEquals(paused, written.get());
            inner.close();
            inner.close();
            while (written.get() == paused) {
                Thread.onSpinWait();
            }
            machine.resume();
        }
    }

    @Tag("long")
    @Test
    void pauseAndResumeOfDifferentThreadsNeverHang() throws Exception {
        try (Machine machine = running(SPIN).build()) {
            machine.start();
            for (int i = 0; i < 500; i++) {
                var pausing = CompletableFuture.runAsync(machine::pause);
                var resuming = CompletableFuture.runAsync(machine::resume);
                pausing.get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
                resuming.get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
                machine.resume();
            }
        }
    }

    @Test
    void aPauseCanBeInterruptedAndIsNoneThen() throws Exception {
        var entered = new CountDownLatch(1);
        var leave = new Semaphore(0);
        BusDevice slow =
                writesTo(
                        () -> {
                            entered.countDown();
                            leave.acquireUninterruptibly();
                        });
        try (Machine machine = running("e680" + EXIT_5).ports(0x80, 1, slow).build()) {
            machine.start();
            entered.await();
            Thread.currentThread().interrupt();
            assertThrows(CancellationException.class, machine::pause);
            assertTrue(Thread.interrupted());
            leave.release();
            assertEquals(new Outcome.Exited(5), outcomeOf(machine));
        }
    }

    // 5. What a device or an observer throws.

    @ParameterizedTest
    @MethodSource("throwables")
    void whatADeviceThrowsEndsItsMachine(Throwable failure) throws Exception {
        MachineBuilder builder =
                running(OUT_80_FOR_EVER).ports(0x80, 1, writesTo(() -> smuggled(failure)));
        var outcome = assertInstanceOf(Outcome.HostError.class, runToItsEnd(builder));
        assertSame(failure, outcome.cause());
        assertEquals("device at port 0x80: " + failure.getMessage(), outcome.describe());
    }

    @ParameterizedTest
    @MethodSource("throwables")
    void whatAnObserverThrowsEndsItsMachine(Throwable failure) throws Exception {
        MachineBuilder builder =
                running(OUT_80_FOR_EVER).observer((vcpu, reason) -> smuggled(failure));
        var outcome = assertInstanceOf(Outcome.HostError.class, runToItsEnd(builder));
        assertSame(failure, outcome.cause());
        assertEquals("exit observer", outcome.source());
    }

    @ParameterizedTest
    @MethodSource("throwables")
    void whatADeviceThrowsForACollectedWriteEndsItsMachine(Throwable failure) throws Exception {
        MachineBuilder builder =
                running("e680" + EXIT_5)
                        .peripheral(board -> board.coalescePorts(0x80, 1))
                        .ports(0x80, 1, writesTo(() -> smuggled(failure)));
        var outcome = assertInstanceOf(Outcome.HostError.class, runToItsEnd(builder));
        assertSame(failure, outcome.cause());
    }

    @Test
    void aDeviceThatNeverReturnsDoesNotKeepItsMachine() throws Exception {
        var entered = new CountDownLatch(1);
        var never = new Semaphore(0);
        BusDevice stuck =
                writesTo(
                        () -> {
                            entered.countDown();
                            never.acquireUninterruptibly();
                        });
        var before = HostResources.inUse();
        Machine machine = running(OUT_80_FOR_EVER).ports(0x80, 1, stuck).build();
        machine.start();
        entered.await();
        machine.close();
        assertEquals(new Outcome.Stopped(), outcomeOf(machine));
        never.release();
        while (HostResources.inUse().descriptors() > before.descriptors()) {
            Thread.onSpinWait(); // what it used is given back when it returns
        }
    }

    @Test
    void aDeviceThatHangsWhenItsTimeHasComeKeepsNoMachine() throws Exception {
        var never = new Semaphore(0);
        var hangs = new CountDownLatch(1);
        try (Machine hanging =
                        running(SPIN)
                                .peripheral(
                                        board ->
                                                board.timers()
                                                        .timer(
                                                                () -> {
                                                                    hangs.countDown();
                                                                    never.acquireUninterruptibly();
                                                                })
                                                        .start(1))
                                .timeLimit(Duration.ofMillis(100))
                                .build();
                Machine other = running(SPIN).timeLimit(Duration.ofMillis(100)).build()) {
            hangs.await();
            hanging.start();
            other.start();
            assertInstanceOf(Outcome.TimeLimitReached.class, outcomeOf(hanging));
            assertInstanceOf(Outcome.TimeLimitReached.class, outcomeOf(other));
        } finally {
            never.release();
        }
    }

    @Test
    void aDeviceThatThrowsAnythingWhenItsTimeHasComeEndsTheMachine() {
        IOException checked = new IOException("no disk");
        Peripheral failing =
                board -> board.timers().timer(() -> MachineEndTest.sneak(checked)).start(1);
        try (Machine machine =
                running(SPIN).peripheral(failing).timeLimit(Duration.ofSeconds(20)).build()) {
            var error = assertInstanceOf(Outcome.HostError.class, machine.run());
            assertSame(checked, error.cause());
        }
    }

    @SuppressWarnings("unchecked") // as code that is not Java's does
    private static <T extends Throwable> void sneak(Throwable failure) throws T {
        throw (T) failure;
    }

    @Test
    void aDeviceThatWaitsIsInterrupted() throws Exception {
        var entered = new CountDownLatch(1);
        BusDevice waiting =
                writesTo(
                        () -> {
                            entered.countDown();
                            try {
                                new Semaphore(0).acquire();
                            } catch (InterruptedException e) {
                                throw new IllegalStateException("interrupted", e);
                            }
                        });
        try (Machine machine = running(OUT_80_FOR_EVER).ports(0x80, 1, waiting).build()) {
            machine.start();
            entered.await();
            machine.stop();
            assertEquals(new Outcome.Stopped(), outcomeOf(machine));
        }
    }

    // 6. The forms of waiting.

    @Test
    void anInterruptOfWhoWaitsEndsTheMachine() {
        try (Machine machine = running(SPIN).build()) {
            machine.start();
            Thread.currentThread().interrupt();
            assertEquals(new Outcome.Stopped(), machine.await());
            assertTrue(Thread.interrupted());
        }
    }

    @Test
    void waitingCanHaveALimit() throws Exception {
        try (Machine machine = running(SPIN).build()) {
            machine.start();
            assertThrows(TimeoutException.class, () -> machine.await(Duration.ofMillis(10)));
            machine.stop();
            assertEquals(new Outcome.Stopped(), machine.await(DEADLINE));
        }
    }

    @Test
    void waitingForAMachineThatNobodyStartedIsRefused() {
        try (Machine machine = running(SPIN).build()) {
            assertThrows(IllegalStateException.class, machine::await);
        }
    }

    @Test
    void whoIsToldOfTheEndMayCloseTheMachine() throws Exception {
        Machine machine = running(EXIT_5).build();
        var closed =
                machine.outcome()
                        .thenAccept(outcome -> machine.close())
                        .orTimeout(DEADLINE.toSeconds(), TimeUnit.SECONDS);
        machine.start();
        closed.get();
        assertThrows(IllegalStateException.class, () -> machine.memory().getByte(0));
    }

    @Test
    void whoAsksAgainAndAgainIsToldByFewThreads() throws Exception {
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        CountDownLatch told = new CountDownLatch(10_000);
        try (Machine machine = running(EXIT_5).build()) {
            for (long i = told.getCount(); i > 0; i--) {
                machine.outcome()
                        .thenRun(
                                () -> {
                                    threads.add(Thread.currentThread());
                                    told.countDown();
                                });
            }
            machine.run();
            assertTrue(told.await(DEADLINE.toSeconds(), TimeUnit.SECONDS));
        }
        assertTrue(threads.size() <= OutcomeThreads.MOST, () -> threads.size() + " threads");
    }

    @Test
    void theOutcomeCannotBeTakenOver() {
        try (Machine machine = running(EXIT_5).build()) {
            assertTrue(machine.outcome().cancel(true));
            assertTrue(machine.outcome().complete(new Outcome.Halted()));
            assertEquals(new Outcome.Exited(5), machine.run());
        }
    }

    @Test
    void theTimeLimitSaysWhereEachVcpuWas() throws Exception {
        MachineBuilder builder =
                running("fbf4ebfd") // sti; 1: hlt; jmp 1b
                        .irqchip(IrqchipMode.KERNEL)
                        .processors(2)
                        .timeLimit(Duration.ofMillis(500));
        var outcome = assertInstanceOf(Outcome.TimeLimitReached.class, runToItsEnd(builder));
        VcpuPosition first = outcome.positions().get(0);
        assertEquals(VcpuPosition.Activity.HALTED, first.activity());
        assertTrue(first.interruptsEnabled());
        assertEquals(
                VcpuPosition.Activity.WAITING_FOR_STARTUP, outcome.positions().get(1).activity());
    }

    @ParameterizedTest
    @EnumSource(names = {"KERNEL", "SPLIT"})
    void aMachineThatCanNeverWakeHasHalted(IrqchipMode irqchip) throws Exception {
        MachineBuilder builder =
                running("faf4ebfd").irqchip(irqchip).processors(2).timeLimit(DEADLINE);
        assertEquals(new Outcome.Halted(), runToItsEnd(builder));
    }

    @Test
    void aMachineThatIsPausedWhileItHaltsEndsWhenItIsResumed() throws Exception {
        try (Machine machine =
                running("faf4ebfd").irqchip(IrqchipMode.KERNEL).timeLimit(DEADLINE).build()) {
            machine.pause();
            machine.start();
            assertThrows(TimeoutException.class, () -> machine.await(Duration.ofMillis(200)));
            machine.resume();
            assertEquals(new Outcome.Halted(), outcomeOf(machine));
        }
    }

    // 9. Everything is given back.

    @Test
    void inputThatComesAfterTheEndDisturbsNobody() throws Exception {
        var typed = new Semaphore(0);
        var reads = new AtomicInteger();
        InputStream input =
                new InputStream() {
                    @Override
                    public int read() {
                        typed.acquireUninterruptibly();
                        return reads.incrementAndGet() > 3 ? -1 : 'x';
                    }
                };
        MachineBuilder builder =
                running(EXIT_5)
                        .irqchip(IrqchipMode.KERNEL)
                        .console(input, OutputStream.nullOutputStream());
        assertEquals(new Outcome.Exited(5), runToItsEnd(builder));
        typed.release(4);
    }

    @Test
    void aMachineIsBuiltOnAVirtualThread() throws Exception {
        var outcome = new CompletableFuture<Outcome>();
        Thread.ofVirtual()
                .start(
                        () -> {
                            try (Machine machine = running(EXIT_5).processors(1).build()) {
                                outcome.complete(machine.run());
                            } catch (RuntimeException | Error e) {
                                outcome.completeExceptionally(e);
                            }
                        });
        assertEquals(new Outcome.Exited(5), outcome.get(DEADLINE.toSeconds(), TimeUnit.SECONDS));
    }

    @Test
    void aVcpuDoesWhatItIsAskedBetweenItsExits() {
        try (Machine machine = running(SPIN).build()) {
            machine.start();
            assertEquals(0x1000, machine.onVcpu(0, vcpu -> vcpu.registers().rip()) & ~0xfL);
            assertThrows(IndexOutOfBoundsException.class, () -> machine.onVcpu(1, vcpu -> vcpu));
            assertThrows(
                    ArithmeticException.class,
                    () ->
                            machine.onVcpu(
                                    0,
                                    vcpu -> {
                                        throw new ArithmeticException();
                                    }));
            machine.stop();
            machine.await();
            assertEquals(0x1000, machine.onVcpu(0, vcpu -> vcpu.registers().rip()) & ~0xfL);
        }
    }

    @Test
    void whatIsPrintedIsWrittenInOrder() throws Exception {
        StringBuilder code = new StringBuilder("baf803");
        byte[] expected = new byte[200];
        for (int i = 0; i < expected.length; i++) {
            expected[i] = (byte) i;
            code.append("b0%02xee".formatted(i));
        }
        var printed = new ByteArrayOutputStream();
        assertEquals(new Outcome.Exited(5), runToItsEnd(running(code + EXIT_5).console(printed)));
        assertArrayEquals(expected, printed.toByteArray());
    }

    // Several at once.

    private static List<Machine> several(int count) {
        return IntStream.range(0, count).mapToObj(_ -> running(SPIN).build()).toList();
    }

    private static void assertClosed(List<Machine> machines) {
        machines.forEach(machine -> assertThrows(IllegalStateException.class, machine::start));
    }

    @Test
    void severalAreClosedAtOnceAndNothingIsLeft() {
        Machine.closeAll(several(2));
        HostResources before = HostResources.inUse();
        List<Machine> machines = several(70);
        machines.stream().limit(3).forEach(Machine::start);
        Machine.closeAll(machines);
        assertClosed(machines);
        HostResources.inUse().assertNoMoreThan(before);
    }

    @Test
    void whoIsInterruptedClosesThemAllTheSame() {
        List<Machine> machines = several(5);
        Thread.currentThread().interrupt();
        Machine.closeAll(machines);
        assertTrue(Thread.interrupted());
        assertClosed(machines);
    }

    @Test
    void aThreadOfOneOfThemClosesNone() throws Exception {
        AtomicReference<Throwable> refused = new AtomicReference<>();
        AtomicReference<List<Machine>> both = new AtomicReference<>();
        BusDevice closing =
                writesTo(
                        () -> {
                            try {
                                Machine.closeAll(both.get());
                            } catch (IllegalStateException e) {
                                refused.set(e);
                            }
                        });
        try (Machine other = running(EXIT_5).build();
                Machine own =
                        running("e680" + EXIT_5)
                                .peripheral(board -> board.ports().attach(0x80, 1, closing))
                                .build()) {
            both.set(List.of(other, own));
            assertEquals(new Outcome.Exited(5), own.run());
            assertInstanceOf(IllegalStateException.class, refused.get());
            assertEquals(new Outcome.Exited(5), other.run());
        }
    }
}
