package kvm4j.machine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.boot.FlatImage;
import kvm4j.boot.ImageFormat;
import kvm4j.device.BusDevice;
import kvm4j.device.DeviceState;
import kvm4j.device.GuestTime;
import kvm4j.device.Serial16550;
import kvm4j.device.StatefulDevice;
import kvm4j.guests.Guest;
import kvm4j.kvm.ExitReason;
import kvm4j.kvm.NeedsKvm;
import kvm4j.kvm.Vcpu;
import kvm4j.memory.GuestMemory;
import kvm4j.snapshot.MachineState;
import kvm4j.snapshot.SnapshotFile;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Semaphore;

/** Machines that are saved, forked and taken back. */
@NeedsKvm
class SnapshotTest {

    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final int STOP_PORT = 0x80;
    private static final int TSC = 0x10;

    /** Pauses the machine at each write to {@link #STOP_PORT}. */
    private static final class Stops implements ExitHandler {

        private final Semaphore reached = new Semaphore(0);

        @Override
        public Verdict handle(Vcpu vcpu, ExitReason reason) {
            if (reason != ExitReason.IO || vcpu.exit().ioPort() != STOP_PORT) {
                return Verdict.NOT_MINE;
            }
            reached.release();
            return Verdict.PAUSE;
        }

        @Override
        public Set<ExitReason> first() {
            return Set.of(ExitReason.IO);
        }

        void await(Machine machine) throws InterruptedException {
            reached.acquire();
            machine.pause();
            machine.resume();
        }
    }

    /**
     * Counts up from 1 at 0x5000, stops after each step, and ends with what it counted when that is
     * 9: mov word [0x5000], 1; 1: out %al, $0x80; inc word [0x5000]; mov [0x5000], %ax; cmp $9,
     * %ax; jne 1b; out %al, $0xf4.
     */
    private static MachineBuilder counting(Stops stops) {
        String code = "c70600500100" + "e680" + "ff060050" + "a10050" + "83f809" + "75f2" + "e6f4";
        return Machine.builder()
                .memory(1 << 20)
                .image(new FlatImage(HexFormat.of().parseHex(code)))
                .exitHandler(stops)
                .timeLimit(LIMIT);
    }

    @ParameterizedTest
    @EnumSource(IrqchipMode.class)
    void forksGoOnFromWhereItWas(IrqchipMode irqchip) throws InterruptedException {
        Stops stops = new Stops();
        try (Machine machine = counting(stops).irqchip(irqchip).build()) {
            machine.start();
            stops.await(machine);
            machine.resume();
            stops.await(machine);
            try (Snapshot snapshot = machine.snapshot();
                    Machine one = snapshot.fork(fork -> fork.timeLimit(LIMIT));
                    Machine two = snapshot.fork()) {
                assertEquals(2, one.memory().getShort(0x5000));
                one.start();
                for (int value = 3; value < 9; value++) {
                    stops.await(one);
                    assertEquals(value, one.memory().getShort(0x5000));
                    one.resume();
                }
                assertEquals(new Outcome.Exited(9), one.await());
                assertEquals(2, two.memory().getShort(0x5000));
                assertEquals(2, machine.memory().getShort(0x5000));
            }
        }
    }

    @Test
    void isTakenBackAsOftenAsWanted() throws InterruptedException {
        Stops stops = new Stops();
        try (Machine machine = counting(stops).build()) {
            machine.start();
            stops.await(machine);
            try (Snapshot snapshot = machine.snapshot()) {
                for (int round = 0; round < 50; round++) {
                    for (int value = 2; value < 6; value++) {
                        machine.resume();
                        stops.await(machine);
                        assertEquals(value, machine.memory().getShort(0x5000));
                    }
                    machine.memory().putLong(0x9000, round);
                    machine.restore(snapshot);
                    assertEquals(1, machine.memory().getShort(0x5000));
                    assertEquals(0, machine.memory().getLong(0x9000));
                }
            }
        }
    }

    @Test
    void anySnapshotOfTheSameMachineWillDo() throws InterruptedException {
        Stops stops = new Stops();
        Random random = new Random(15);
        List<Snapshot> snapshots = new ArrayList<>();
        try (Machine machine = counting(stops).build()) {
            machine.start();
            stops.await(machine);
            for (int value = 1; value < 8; value++) {
                machine.memory().putLong(0x10000 + value * 0x1000, value);
                snapshots.add(machine.snapshot());
                machine.resume();
                stops.await(machine);
            }
            for (int round = 0; round < 30; round++) {
                int chosen = random.nextInt(snapshots.size());
                machine.restore(snapshots.get(chosen));
                byte[] expected = snapshots.get(chosen).memory().toArray(ValueLayout.JAVA_BYTE);
                assertArrayEquals(expected, machine.memory().read(0, 1 << 20));
                assertEquals(chosen + 1, machine.memory().getShort(0x5000));
                machine.resume();
                stops.await(machine);
                assertEquals(chosen + 2, machine.memory().getShort(0x5000));
            }
        } finally {
            snapshots.forEach(Snapshot::close);
        }
    }

    @Test
    void aForkIsTakenBackToWhatItWasForkedFromAndItsSourceToThat() throws InterruptedException {
        Stops stops = new Stops();
        try (Machine machine = counting(stops).build()) {
            machine.start();
            stops.await(machine);
            try (Snapshot snapshot = machine.snapshot();
                    Machine fork = snapshot.fork()) {
                fork.start();
                stops.await(fork);
                fork.resume();
                stops.await(fork);
                try (Snapshot later = fork.snapshot()) {
                    machine.restore(later);
                    assertEquals(3, machine.memory().getShort(0x5000));
                    machine.resume();
                    stops.await(machine);
                    assertEquals(4, machine.memory().getShort(0x5000));
                }
                fork.restore(snapshot);
                assertEquals(1, fork.memory().getShort(0x5000));
            }
        }
    }

    @Test
    void whatWasTypedAheadAndPrintedStaysWhereItBelongs() throws Exception {
        byte[] echo = Guest.ECHO.image();
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        Machine.Hold hold;
        try (Machine machine =
                Machine.builder()
                        .image(ImageFormat.of(echo).read(echo))
                        .console(new ByteArrayInputStream("abc\4".getBytes()), printed)
                        .timeLimit(LIMIT)
                        .build()) {
            hold = machine.hold();
            machine.start();
            while (pendingInput(machine) < 4) {
                Thread.onSpinWait();
            }
            try (Snapshot snapshot = machine.snapshot()) {
                ByteArrayOutputStream forked = new ByteArrayOutputStream();
                try (Machine fork = snapshot.fork(b -> b.console(forked).timeLimit(LIMIT))) {
                    assertEquals(new Outcome.Exited(0), fork.run());
                }
                assertEquals("abc", forked.toString(StandardCharsets.US_ASCII));
            }
            hold.close();
            assertEquals(new Outcome.Exited(0), machine.await());
            assertEquals("abc", printed.toString(StandardCharsets.US_ASCII));
        }
    }

    private static int pendingInput(Machine machine) {
        try (Snapshot snapshot = machine.snapshot()) {
            return snapshot.state().devices().stream()
                    .map(MachineState.Device::state)
                    .filter(Serial16550.State.class::isInstance)
                    .map(Serial16550.State.class::cast)
                    .mapToInt(serial -> serial.input().size() + serial.received())
                    .sum();
        }
    }

    /** Whichever way the host's KVM keeps time, what is caught up is at least what has passed. */
    @Test
    void timeStandsStillOrIsCaughtUp() {
        try (Machine machine = counting(new Stops()).build();
                Snapshot snapshot = machine.snapshot()) {
            long saved = snapshot.state().vm().clock().nanoseconds();
            Instant deadline = snapshot.state().takenAt().plusMillis(200);
            while (Instant.now().isBefore(deadline)) {
                Thread.onSpinWait();
            }
            try (Machine stopped = snapshot.fork(GuestTime.STOPPED, fork -> {});
                    Machine caughtUp = snapshot.fork(GuestTime.CAUGHT_UP, fork -> {})) {
                long still = clock(stopped);
                long later = clock(caughtUp);
                assertTrue(still >= saved, still + " ns after " + saved);
                assertTrue(later - saved >= 200_000_000, later + " ns after " + saved);
                OptionalInt kHz = snapshot.state().vcpus().getFirst().tscFrequency();
                if (snapshot.state().vcpus().getFirst().tscOffset().isPresent()) {
                    long cycles = counter(caughtUp) - counter(snapshot);
                    assertTrue(cycles >= 200L * kHz.orElseThrow(), cycles + " cycles");
                    assertTrue(counter(stopped) >= counter(snapshot));
                }
            }
        }
    }

    @Test
    void noClockGoesBackWhereTheHostsWasSetBack(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("snapshot");
        try (Machine machine = counting(new Stops()).build();
                Snapshot snapshot = machine.snapshot()) {
            MachineState state = snapshot.state();
            MachineState later =
                    new MachineState(
                            state.takenAt().plus(Duration.ofDays(1)),
                            state.hardware(),
                            state.vm(),
                            state.vcpus(),
                            state.devices());
            BitSet pages = new BitSet();
            pages.set(0, (int) (snapshot.memory().byteSize() / GuestMemory.PAGE_SIZE));
            SnapshotFile.write(file, later, snapshot.memory(), pages);
        }
        try (Snapshot snapshot = Snapshot.load(file);
                Machine fork = snapshot.fork(GuestTime.CAUGHT_UP, builder -> {})) {
            long saved = snapshot.state().vm().clock().nanoseconds();
            assertTrue(clock(fork) >= saved, clock(fork) + " ns after " + saved);
            if (snapshot.state().vcpus().getFirst().tscOffset().isPresent()) {
                assertTrue(counter(fork) >= counter(snapshot));
            }
        }
    }

    private static long clock(Machine machine) {
        return machine.onVm(vm -> vm.clock().nanoseconds());
    }

    private static long counter(Machine machine) {
        return machine.onVcpu(0, vcpu -> vcpu.msrs().get(TSC));
    }

    private static long counter(Snapshot snapshot) {
        return snapshot.state().vcpus().getFirst().msr(TSC).orElseThrow();
    }

    @Test
    void aDeviceThatKeepsItsStateToItselfIsNamed() {
        BusDevice secretive =
                new BusDevice() {
                    @Override
                    public long read(long offset, int size) {
                        return 0;
                    }

                    @Override
                    public void write(long offset, int size, long value) {}
                };
        try (Machine machine = counting(new Stops()).ports(0x300, 1, secretive).build()) {
            var refusal = assertThrows(IllegalStateException.class, machine::snapshot);
            assertTrue(refusal.getMessage().contains("0x300"), refusal.getMessage());
        }
    }

    @Test
    void aMachineWithMoreProcessorsIsUnchanged() {
        try (Machine one = counting(new Stops()).irqchip(IrqchipMode.KERNEL).build();
                Machine two =
                        counting(new Stops()).irqchip(IrqchipMode.KERNEL).processors(2).build();
                Snapshot snapshot = one.snapshot();
                Snapshot own = two.snapshot()) {
            two.memory().putLong(0x9000, 7);
            assertThrows(IllegalArgumentException.class, () -> two.restore(snapshot));
            assertEquals(7, two.memory().getLong(0x9000));
            two.restore(own);
            assertEquals(0, two.memory().getLong(0x9000));
        }
    }

    /** Saves itself, and cannot be restored. */
    private static final class Unwilling implements BusDevice, StatefulDevice<DeviceState.None> {

        @Override
        public long read(long offset, int size) {
            return 0;
        }

        @Override
        public void write(long offset, int size, long value) {}

        @Override
        public Class<DeviceState.None> stateType() {
            return DeviceState.None.class;
        }

        @Override
        public DeviceState.None save() {
            return new DeviceState.None();
        }

        @Override
        public void restore(DeviceState.None state, GuestTime time) {
            throw new UnsupportedOperationException("not again");
        }
    }

    @Test
    void aMachineThatIsRestoredInPartHasEnded() {
        try (Machine machine = counting(new Stops()).ports(0x300, 1, new Unwilling()).build();
                Snapshot snapshot = machine.snapshot()) {
            machine.start();
            assertThrows(UnsupportedOperationException.class, () -> machine.restore(snapshot));
            var end = assertInstanceOf(Outcome.HostError.class, machine.await());
            assertInstanceOf(UnsupportedOperationException.class, end.cause());
            assertThrows(UnsupportedOperationException.class, snapshot::fork);
        }
    }

    @Test
    void aMachineOfAnotherKindIsUnchanged() {
        try (Machine small = counting(new Stops()).build();
                Machine large = counting(new Stops()).memory(2 << 20).build();
                Machine pc = counting(new Stops()).pc().build();
                Snapshot snapshot = small.snapshot()) {
            assertThrows(IllegalArgumentException.class, () -> large.restore(snapshot));
            assertThrows(IllegalArgumentException.class, () -> pc.restore(snapshot));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> snapshot.fork(fork -> fork.irqchip(IrqchipMode.KERNEL).processors(2)));
        }
    }

    @Test
    void whatHasEndedOrIsClosedIsSaid() {
        try (Machine machine = counting(new Stops()).build()) {
            Snapshot snapshot = machine.snapshot();
            snapshot.close();
            snapshot.close();
            assertThrows(IllegalStateException.class, snapshot::fork);
            assertThrows(IllegalStateException.class, () -> machine.restore(snapshot));
            machine.stop();
            assertThrows(IllegalStateException.class, machine::snapshot);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = IrqchipMode.class,
            names = {"KERNEL", "SPLIT"})
    void ticksGoOn(IrqchipMode irqchip) throws InterruptedException {
        byte[] tick = Guest.TICK.image();
        try (Machine machine =
                Machine.builder()
                        .image(ImageFormat.of(tick).read(tick))
                        .irqchip(irqchip)
                        .pc()
                        .prepare(memory -> memory.putLong(Guest.PARAMETER_BLOCK, 300))
                        .timeLimit(LIMIT)
                        .build()) {
            machine.start();
            Thread.sleep(50);
            try (Machine.Hold _ = machine.hold();
                    Snapshot snapshot = machine.snapshot();
                    Machine fork = snapshot.fork(b -> b.timeLimit(LIMIT))) {
                assertEquals(new Outcome.Exited(0), fork.run());
                machine.restore(snapshot);
            }
            assertEquals(new Outcome.Exited(0), machine.await());
        }
    }
}
