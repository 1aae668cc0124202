package kvm4j.outsider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.boot.FlatImage;
import kvm4j.device.BusDevice;
import kvm4j.device.InterruptLine;
import kvm4j.kvm.ExitReason;
import kvm4j.kvm.NeedsKvm;
import kvm4j.kvm.Vcpu;
import kvm4j.kvm.irq.Irqchip;
import kvm4j.machine.ExitObserver;
import kvm4j.machine.IrqchipMode;
import kvm4j.machine.Kick;
import kvm4j.machine.Machine;
import kvm4j.machine.MachineBuilder;
import kvm4j.machine.MachineObserver;
import kvm4j.machine.Outcome;
import kvm4j.machine.Snapshot;
import kvm4j.snapshot.MachineState;
import kvm4j.x86.Msi;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** What those see who look on from another package, and what they cannot do. */
@NeedsKvm
class MachineObserverTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static final String SPIN = "ebfe";
    private static final String EXIT_5 = "b005e6f4";
    private static final String OUT_80 = "e680";
    private static final String OUT_81 = "e681";

    /** A message to the local APIC 0, with vector 0x40 (Intel SDM volume 3, 11.11). */
    private static final Msi MESSAGE = new Msi(0xfee0_0000L, 0x40);

    private static MachineBuilder running(String code) {
        return Machine.builder()
                .memory(1 << 20)
                .image(new FlatImage(HexFormat.of().parseHex(code)));
    }

    /** Port 0x80 raises and lowers line 5, port 0x81 sends a message. */
    private static MachineBuilder interrupting(String code) {
        return running(code)
                .irqchip(IrqchipMode.KERNEL)
                .peripheral(
                        board -> {
                            InterruptLine line = board.interrupt(5);
                            board.ports()
                                    .attach(
                                            0x80,
                                            1,
                                            writesTo(
                                                    () -> {
                                                        line.setLevel(true);
                                                        line.setLevel(false);
                                                    }));
                            board.ports().attach(0x81, 1, writesTo(() -> board.signal(MESSAGE)));
                        });
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
        return machine.outcome().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    private static final class Diary implements MachineObserver {

        private final List<String> lines = Collections.synchronizedList(new ArrayList<>());
        private final List<Kick> kicks = Collections.synchronizedList(new ArrayList<>());

        @Override
        public void built(MachineState.Hardware hardware, int processors) {
            lines.add("built " + hardware.memorySize() + " " + processors);
        }

        @Override
        public void started() {
            lines.add("started on " + Thread.currentThread().getName());
        }

        @Override
        public void kicked(Vcpu vcpu, Kick kick) {
            kicks.add(kick);
        }

        @Override
        public void lineSet(int gsi, boolean high) {
            if (gsi == 5) {
                lines.add("line " + high);
            }
        }

        @Override
        public void messageSent(Msi message, Irqchip.Delivery delivery) {
            lines.add("message " + message.data());
        }

        @Override
        public void ended(Outcome outcome) {
            lines.add("ended: " + outcome.describe());
        }
    }

    @Test
    void aLifeIsSeenFromItsBeginningToItsEnd() {
        Diary diary = new Diary();
        try (Machine machine =
                interrupting(OUT_80 + OUT_81 + EXIT_5).machineObserver(() -> diary).build()) {
            assertEquals(List.of("built 1048576 1"), diary.lines);
            assertEquals(new Outcome.Exited(5), machine.run());
            assertEquals(
                    List.of(
                            "built 1048576 1",
                            "started on kvm4j-vcpu-0",
                            "line true",
                            "line false",
                            "message 64",
                            "ended: the guest exited with code 5"),
                    diary.lines);
        }
        assertEquals(6, diary.lines.size(), "closing is no second end");
    }

    @Test
    void aMachineThatNeverRanEndsToo() {
        Diary diary = new Diary();
        running(SPIN).machineObserver(() -> diary).build().close();
        assertEquals(List.of("built 1048576 1", "ended: the machine was stopped"), diary.lines);
    }

    @Test
    void eachMachineHasItsOwnObserverAndForksHaveNone() {
        List<Diary> diaries = new ArrayList<>();
        MachineBuilder builder =
                running(EXIT_5)
                        .machineObserver(
                                () -> {
                                    diaries.add(new Diary());
                                    return diaries.getLast();
                                });
        try (Machine first = builder.build();
                Machine second = builder.build();
                Snapshot snapshot = first.snapshot();
                Machine fork = snapshot.fork()) {
            assertEquals(new Outcome.Exited(5), second.run());
            assertEquals(new Outcome.Exited(5), fork.run());
            assertEquals(2, diaries.size());
            assertEquals(1, diaries.get(0).lines.size());
            assertEquals(3, diaries.get(1).lines.size());
        }
    }

    @Test
    void kicksSayWhatForAndByWhom() throws Exception {
        Diary diary = new Diary();
        try (Machine machine = running(SPIN).machineObserver(() -> diary).build()) {
            machine.start();
            VcpuThreads.awaitGuest();
            machine.pause();
            machine.resume();
            VcpuThreads.awaitGuest();
            machine.onVcpu(0, Vcpu::id);
            VcpuThreads.awaitGuest();
            machine.stop();
            assertEquals(new Outcome.Stopped(), outcomeOf(machine));
        }
        for (Kick.Reason reason : List.of(Kick.Reason.PAUSE, Kick.Reason.TASK, Kick.Reason.STOP)) {
            Kick kick =
                    diary.kicks.stream()
                            .filter(one -> one.reason() == reason)
                            .findFirst()
                            .orElseThrow(() -> new AssertionError("no kick to " + reason));
            assertSame(Thread.currentThread(), kick.asker());
            assertTrue(kick.signals() > 0, kick::toString);
            assertFalse(kick.latency().isNegative(), kick::toString);
        }
    }

    @Test
    void aMachineWhoseExitsNobodySeesHasThePlainLoop() {
        var trace = new AtomicReference<String>();
        MachineBuilder builder =
                running(OUT_80 + EXIT_5)
                        .ports(
                                0x80,
                                1,
                                writesTo(
                                        () ->
                                                trace.set(
                                                        List.of(new Throwable().getStackTrace())
                                                                .toString())))
                        .machineObserver(Diary::new);
        try (Machine machine = builder.build()) {
            machine.run();
        }
        assertTrue(trace.get().contains("kvm4j.machine.ExitLoop.handleExits"), trace::get);
        assertFalse(trace.get().contains("ObservedExitLoop"), trace::get);
    }

    @Test
    void exitsAreSeenByWhoAsksForThem() {
        var exits = new AtomicInteger();
        var left = new AtomicInteger();
        ExitObserver counting =
                new ExitObserver() {
                    @Override
                    public void exited(Vcpu vcpu, ExitReason reason) {
                        exits.incrementAndGet();
                    }

                    @Override
                    public void left(Vcpu vcpu) {
                        left.incrementAndGet();
                    }
                };
        MachineObserver asking =
                new MachineObserver() {
                    @Override
                    public Optional<ExitObserver> exits(int processors) {
                        return Optional.of(counting);
                    }
                };
        MachineBuilder builder =
                running(OUT_80 + EXIT_5)
                        .machineObserver(() -> asking)
                        .machineObserver(Diary::new)
                        .observer(counting);
        try (Machine machine = builder.build()) {
            assertEquals(new Outcome.Exited(5), machine.run());
        }
        assertEquals(4, exits.get());
        assertEquals(2, left.get());
    }

    /** Where an observer misbehaves. */
    private enum Place {
        STARTED,
        KICKED,
        LINE_SET,
        MESSAGE_SENT,
        LEFT
    }

    /** An observer that does something at one place. */
    private record Misbehaving(Place place, Runnable deed) implements MachineObserver {

        private void at(Place here) {
            if (here == place) {
                deed.run();
            }
        }

        @Override
        public Optional<ExitObserver> exits(int processors) {
            return Optional.of(
                    new ExitObserver() {
                        @Override
                        public void exited(Vcpu vcpu, ExitReason reason) {}

                        @Override
                        public void left(Vcpu vcpu) {
                            at(Place.LEFT);
                        }
                    });
        }

        @Override
        public void started() {
            at(Place.STARTED);
        }

        @Override
        public void kicked(Vcpu vcpu, Kick kick) {
            at(Place.KICKED);
        }

        @Override
        public void lineSet(int gsi, boolean high) {
            at(Place.LINE_SET);
        }

        @Override
        public void messageSent(Msi message, Irqchip.Delivery delivery) {
            at(Place.MESSAGE_SENT);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Place.class,
            names = {"STARTED", "LINE_SET", "MESSAGE_SENT"})
    void whatAnObserverThrowsEndsTheMachine(Place place) {
        var failure = new IllegalArgumentException("no idea");
        MachineObserver throwing =
                new Misbehaving(
                        place,
                        () -> {
                            throw failure;
                        });
        try (Machine machine =
                interrupting(OUT_80 + OUT_81 + SPIN)
                        .machineObserver(() -> throwing)
                        .timeLimit(LIMIT)
                        .build()) {
            var outcome = assertInstanceOf(Outcome.HostError.class, machine.run());
            assertEquals("machine observer: no idea", outcome.describe());
            assertSame(failure, outcome.cause());
        }
    }

    @Test
    void whatAnObserverThrowsAtAKickEndsTheMachine() throws Exception {
        MachineObserver throwing =
                new Misbehaving(
                        Place.KICKED,
                        () -> {
                            throw new IllegalArgumentException("no idea");
                        });
        try (Machine machine =
                running(SPIN).machineObserver(() -> throwing).timeLimit(LIMIT).build()) {
            machine.start();
            VcpuThreads.awaitGuest();
            machine.pause();
            assertInstanceOf(Outcome.HostError.class, outcomeOf(machine));
        }
    }

    @Test
    void aMachineThatItsObserverRefusesIsNotBuilt() {
        MachineObserver refusing =
                new MachineObserver() {
                    @Override
                    public void built(MachineState.Hardware hardware, int processors) {
                        throw new IllegalArgumentException("not this one");
                    }
                };
        MachineBuilder builder = running(SPIN).machineObserver(() -> refusing);
        assertThrows(IllegalArgumentException.class, builder::build);
    }

    @Test
    void whatAnObserverThrowsAtTheEndChangesNothing() {
        MachineObserver throwing =
                new MachineObserver() {
                    @Override
                    public void ended(Outcome outcome) {
                        throw new IllegalArgumentException("too late");
                    }
                };
        try (Machine machine = running(EXIT_5).machineObserver(() -> throwing).build()) {
            assertEquals(new Outcome.Exited(5), machine.run());
        }
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    void anObserverThatNeverReturnsDoesNotKeepTheMachine(Place place) throws Exception {
        var comeIn = new CountDownLatch(1);
        var never = new Semaphore(0);
        MachineObserver hanging =
                new Misbehaving(
                        place,
                        () -> {
                            comeIn.countDown();
                            never.acquireUninterruptibly();
                        });
        try (Machine machine =
                interrupting(OUT_80 + OUT_81 + SPIN).machineObserver(() -> hanging).build()) {
            machine.start();
            if (place != Place.LEFT) {
                comeIn.await(); // the first kick is that of the watch for a halt
            }
            machine.stop();
            assertEquals(new Outcome.Stopped(), outcomeOf(machine));
        } finally {
            never.release(Integer.MAX_VALUE / 2);
        }
    }

    @Test
    void anObserverThatNeverHasSeenTheEndDoesNotKeepIt() throws Exception {
        var never = new Semaphore(0);
        MachineObserver hanging =
                new MachineObserver() {
                    @Override
                    public void ended(Outcome outcome) {
                        never.acquireUninterruptibly();
                    }
                };
        try (Machine machine = running(EXIT_5).machineObserver(() -> hanging).build()) {
            machine.start();
            assertEquals(new Outcome.Exited(5), outcomeOf(machine));
        } finally {
            never.release();
        }
    }
}
