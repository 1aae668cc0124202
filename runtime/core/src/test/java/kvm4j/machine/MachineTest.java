package kvm4j.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import kvm4j.boot.FlatImage;
import kvm4j.boot.ImageException;
import kvm4j.boot.ImageFormat;
import kvm4j.device.BusDevice;
import kvm4j.guests.Guest;
import kvm4j.kvm.ExitReason;
import kvm4j.kvm.NeedsKvm;
import kvm4j.memory.GuestMemory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;

/** Machines from a builder to an outcome, on the host's own KVM. */
@NeedsKvm
class MachineTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static MachineBuilder booting(Guest guest) {
        byte[] image = guest.image();
        return Machine.builder().image(ImageFormat.of(image).read(image)).timeLimit(LIMIT);
    }

    private static Outcome run(MachineBuilder builder) {
        try (Machine machine = builder.build()) {
            return machine.run();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "HELLO, Hello from long mode",
        "HELLO_PROTECTED, Hello from protected mode",
        "HELLO_REAL, Hello from real mode"
    })
    void aGuestGreetsAndExits(Guest guest, String greeting) {
        var console = new ByteArrayOutputStream();
        assertEquals(new Outcome.Exited(0), run(booting(guest).console(console)));
        assertEquals(greeting + "\n", console.toString(StandardCharsets.ISO_8859_1));
    }

    @Test
    void inputReachesTheGuest() {
        var console = new ByteArrayOutputStream();
        var input = new ByteArrayInputStream("over and out\u0004".getBytes(StandardCharsets.UTF_8));
        assertEquals(new Outcome.Exited(0), run(booting(Guest.ECHO).console(input, console)));
        assertEquals("over and out", console.toString(StandardCharsets.UTF_8));
    }

    @Test
    void theGuestReadsAndWritesItsMemory() {
        long input = 0x20_0000;
        long output = 0x30_0000;
        long count = 1000;
        MachineBuilder builder =
                booting(Guest.SUM)
                        .prepare(
                                memory -> {
                                    memory.putLong(Guest.PARAMETER_BLOCK, count);
                                    memory.putLong(Guest.PARAMETER_BLOCK + 8, input);
                                    memory.putLong(Guest.PARAMETER_BLOCK + 16, output);
                                    LongStream.range(0, count)
                                            .forEach(i -> memory.putLong(input + i * 8, i * i));
                                });
        try (Machine machine = builder.build()) {
            assertEquals(new Outcome.Exited(0), machine.run());
            assertEquals(332_833_500, machine.memory().getLong(output));
        }
    }

    @ParameterizedTest
    @CsvSource({"PIO, IO, 101", "PIO_IN, IO, 101", "MMIO, MMIO, 100", "MMIO_READ, MMIO, 100"})
    void theObserverSeesEachExit(Guest guest, ExitReason reason, int expected) {
        Map<ExitReason, Integer> exits = new EnumMap<>(ExitReason.class);
        MachineBuilder builder =
                booting(guest)
                        .prepare(memory -> memory.putLong(Guest.PARAMETER_BLOCK, 100))
                        .observer((vcpu, exit) -> exits.merge(exit, 1, Integer::sum));
        assertEquals(new Outcome.Exited(0), run(builder));
        assertEquals(expected, exits.get(reason));
    }

    @Test
    void aHaltEndsAMachineThatNothingCanWake() {
        assertEquals(new Outcome.Halted(), run(booting(Guest.HALT)));
    }

    @Test
    void aTripleFaultIsReportedWithItsInstruction() {
        assumeFalse(
                Files.exists(Path.of("/sys/module/kvm_amd")),
                "kvm_amd resets the vCPU at a triple fault");
        var outcome = assertInstanceOf(Outcome.TripleFault.class, run(booting(Guest.TRIPLE_FAULT)));
        assertTrue(outcome.report().code().startsWith("0f 0b"), outcome.describe());
        assertTrue(outcome.describe().contains("0f 0b"), outcome.describe());
    }

    @Test
    void aTripleFaultIsReportedWhereTheHostForgetsItsInstruction() {
        assumeTrue(
                Files.exists(Path.of("/sys/module/kvm_amd")),
                "only kvm_amd resets the vCPU at a triple fault");
        var outcome = assertInstanceOf(Outcome.TripleFault.class, run(booting(Guest.TRIPLE_FAULT)));
        assertTrue(outcome.describe().contains("reset vector"), outcome.describe());
    }

    @Test
    void aCrashWhereNoMemoryIsIsReportedWithoutItsInstruction() {
        byte[] jumpOutOfMemory = {(byte) 0xea, (byte) 0xf0, (byte) 0xff, 0, (byte) 0xf0};
        var builder =
                Machine.builder()
                        .memory(0x10000)
                        .image(new FlatImage(jumpOutOfMemory))
                        .timeLimit(LIMIT);
        var outcome = assertInstanceOf(Outcome.InternalError.class, run(builder));
        assertEquals("", outcome.report().code());
    }

    @Test
    void theTimeLimitEndsASpinningGuest() {
        Duration limit = Duration.ofMillis(100);
        var outcome =
                assertInstanceOf(
                        Outcome.TimeLimitReached.class, run(booting(Guest.SPIN).timeLimit(limit)));
        assertEquals(limit, outcome.limit());
        VcpuPosition position = outcome.positions().getFirst();
        assertEquals(VcpuPosition.Activity.RUNNING, position.activity());
        assertTrue(outcome.describe().contains("vCPU 0 running at RIP 0x"), outcome.describe());
    }

    @Test
    void aSpinningGuestIsStoppedFromAnotherThread() {
        try (Machine machine = booting(Guest.SPIN).build()) {
            machine.start();
            var stopping = CompletableFuture.runAsync(machine::stop);
            assertEquals(new Outcome.Stopped(), machine.await());
            stopping.join();
        }
    }

    @Test
    void whatIsStoppedBeforeItStartsDoesNotRun() {
        try (Machine machine = booting(Guest.SPIN).build()) {
            machine.stop();
            assertEquals(new Outcome.Stopped(), machine.run());
        }
    }

    @Test
    @SuppressWarnings("try") // closing from another thread, and twice, is what is tested
    void closingEndsASpinningGuest() {
        try (Machine machine = booting(Guest.SPIN).build()) {
            machine.start();
            CompletableFuture.runAsync(machine::close).join();
            assertEquals(new Outcome.Stopped(), machine.await());
            machine.close();
            assertThrows(IllegalStateException.class, machine::run);
            assertThrows(IllegalStateException.class, () -> machine.memory().getByte(0));
        }
    }

    @Test
    void aMachineIsPausedAndResumed() {
        BusDevice counter = new Counter();
        byte[] countForEver = {
            (byte) 0xe6, 0x10, (byte) 0xeb, (byte) 0xfc
        }; // 1: out %al,$0x10; jmp 1b
        var builder = Machine.builder().image(new FlatImage(countForEver)).ports(0x10, 1, counter);
        try (Machine machine = builder.build()) {
            machine.start();
            for (int i = 0; i < 200; i++) {
                machine.pause();
                long paused = counter.read(0, 8);
                Thread.yield();
                assertEquals(paused, counter.read(0, 8));
                machine.resume();
                while (counter.read(0, 8) == paused) {
                    Thread.onSpinWait();
                }
            }
        }
    }

    private static final class Counter implements BusDevice {
        private volatile long writes;

        @Override
        public long read(long offset, int size) {
            return writes;
        }

        @Override
        public void write(long offset, int size, long value) {
            writes = writes + 1;
        }
    }

    @Test
    void aDeviceThatThrowsEndsItsMachine() {
        RuntimeException failure = new RuntimeException("broken");
        BusDevice broken =
                new BusDevice() {
                    @Override
                    public long read(long offset, int size) {
                        throw failure;
                    }

                    @Override
                    public void write(long offset, int size, long value) {
                        throw failure;
                    }
                };
        byte[] out = {(byte) 0xe6, 0x10}; // out %al, $0x10
        var builder = Machine.builder().image(new FlatImage(out)).ports(0x10, 1, broken);
        var outcome = assertInstanceOf(Outcome.HostError.class, run(builder));
        assertSame(failure, outcome.cause());
    }

    @Test
    void aConsoleThatCannotBeWrittenEndsTheMachine() {
        OutputStream full =
                new OutputStream() {
                    @Override
                    public void write(int value) throws IOException {
                        throw new IOException("no space left");
                    }
                };
        assertInstanceOf(Outcome.HostError.class, run(booting(Guest.HELLO).console(full)));
    }

    @Test
    void aVcpusThreadCannotCloseItsMachine() {
        AtomicReference<Machine> self = new AtomicReference<>();
        var builder = booting(Guest.HELLO).observer((vcpu, reason) -> self.get().close());
        try (Machine machine = builder.build()) {
            self.set(machine);
            var outcome = assertInstanceOf(Outcome.HostError.class, machine.run());
            assertInstanceOf(IllegalStateException.class, outcome.cause());
        }
    }

    @Test
    void aMachineNeedsAnImage() {
        assertThrows(IllegalStateException.class, () -> Machine.builder().build());
    }

    @Test
    void whatCannotBeBuiltLeavesNothingBehind() {
        var tooLarge = new FlatImage(new byte[0x10000]);
        var before = HostResources.inUse();
        for (int i = 0; i < 100; i++) {
            var builder = Machine.builder().memory(GuestMemory.PAGE_SIZE * 2).image(tooLarge);
            assertThrows(ImageException.class, builder::build);
        }
        HostResources.inUse().assertNoMoreThan(before);
    }
}
