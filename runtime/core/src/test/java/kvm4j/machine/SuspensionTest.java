package kvm4j.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.boot.BootParameters;
import kvm4j.boot.FlatImage;
import kvm4j.boot.ImageFile;
import kvm4j.boot.ImageFormat;
import kvm4j.guests.Guest;
import kvm4j.kvm.NeedsKvm;
import kvm4j.kvm.Vcpu;
import kvm4j.memory.GuestMemory;
import kvm4j.pc.AcpiTables;
import kvm4j.x86.MpState;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;

/** A guest that suspends its machine to memory, and what wakes it. */
@NeedsKvm
class SuspensionTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final long VECTOR = AcpiTables.ROOT_ADDRESS + 64 + 12;
    private static final int WAKING_PAGE = 0x9000;
    private static final long MARK = 0x2000;

    /**
     * mov $0x100, %ax; mov $0x602, %dx; out %ax, %dx (the power button may wake); mov $0x2400, %ax;
     * mov $0x604, %dx; out %ax, %dx; incw 0x2000; mov $2, %al; out %al, $0xf4.
     */
    private static final String SUSPENDS =
            "b8 00 01 ba 02 06 ef b8 00 24 ba 04 06 ef ff 06 00 20 b0 02 e6 f4";

    /** mov 0x2000, %al; out %al, $0xf4. */
    private static final String EXITS_WITH_MARK = "a0 00 20 e6 f4";

    private static byte[] code(String hex) {
        return HexFormat.ofDelimiter(" ").parseHex(hex);
    }

    private static MachineBuilder suspending(String waking) {
        return Machine.builder()
                .image(new FlatImage(code(SUSPENDS)))
                .memory(2 << 20)
                .timeLimit(LIMIT)
                .pc()
                .prepare(
                        memory -> {
                            memory.write(WAKING_PAGE, code(waking));
                            memory.putShort(MARK, (short) 5);
                        });
    }

    private static void setVector(GuestMemory memory) {
        memory.putInt(VECTOR, WAKING_PAGE);
    }

    /** No snapshot can be taken then. */
    private static void awaitSleep(Machine machine) throws InterruptedException {
        while (true) {
            try {
                machine.snapshot().close();
                Thread.sleep(5);
            } catch (IllegalStateException asleep) {
                assertTrue(asleep.getMessage().contains("suspended"), asleep.getMessage());
                return;
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"KERNEL, 1", "KERNEL, 3", "SPLIT, 2"})
    void theClockWakesIt(IrqchipMode irqchip, int processors) {
        ByteArrayOutputStream console = new ByteArrayOutputStream();
        ImageFile image = ImageFile.of(Guest.SUSPEND.image());
        MachineBuilder builder =
                Machine.builder()
                        .image(ImageFormat.of(image).read(image, BootParameters.NONE))
                        .prepare(memory -> memory.putLong(Guest.PARAMETER_BLOCK, 2))
                        .processors(processors)
                        .irqchip(irqchip)
                        .pc()
                        .console(console)
                        .timeLimit(LIMIT);
        try (Machine machine = builder.build()) {
            assertEquals(new Outcome.Exited(0), machine.run());
        }
        assertEquals("asleep\nawake\n".repeat(2), console.toString(StandardCharsets.US_ASCII));
    }

    @ParameterizedTest
    @CsvSource({"NONE, 1", "KERNEL, 2"})
    void thePowerButtonWakesIt(IrqchipMode irqchip, int processors) throws InterruptedException {
        MachineBuilder builder =
                suspending(EXITS_WITH_MARK).irqchip(irqchip).processors(processors);
        try (Machine machine = builder.prepare(SuspensionTest::setVector).build()) {
            machine.start();
            awaitSleep(machine);
            machine.pressPowerButton();
            assertEquals(new Outcome.Exited(5), machine.await());
        }
    }

    @Test
    void processorsHaveLostTheirState() throws InterruptedException {
        MachineBuilder builder =
                suspending(EXITS_WITH_MARK).irqchip(IrqchipMode.KERNEL).processors(2);
        try (Machine machine = builder.prepare(SuspensionTest::setVector).build()) {
            machine.start();
            awaitSleep(machine);
            assertEquals(0, machine.onVcpu(0, Vcpu::registers).rdx());
            assertEquals(MpState.RUNNABLE, machine.onVcpu(0, SuspensionTest::mpState));
            assertEquals(MpState.UNINITIALIZED, machine.onVcpu(1, SuspensionTest::mpState));
            int spurious = machine.onVcpu(0, vcpu -> vcpu.interrupts().localApic().intAt(0xf0));
            assertEquals(0xff, spurious);
        }
    }

    private static MpState mpState(Vcpu vcpu) {
        return vcpu.interrupts().mpState();
    }

    @Test
    void withoutAVectorAPcStartsAnew() throws InterruptedException {
        try (Machine machine = suspending(EXITS_WITH_MARK).build()) {
            machine.start();
            awaitSleep(machine);
            machine.pressPowerButton();
            assertEquals(new Outcome.Reset(), machine.await());
        }
    }

    @Test
    void itEndsInItsSleep() throws InterruptedException {
        try (Machine machine = suspending(EXITS_WITH_MARK).build()) {
            machine.start();
            awaitSleep(machine);
            machine.pause();
            machine.resume();
            machine.resume();
            assertEquals(5, machine.memory().getShort(MARK));
            machine.stop();
            assertInstanceOf(Outcome.Stopped.class, machine.await());
        }
    }

    /** The snapshot is of before: the guest suspends again. */
    @Test
    void aSnapshotThatIsRestoredIsAwake() throws InterruptedException {
        MachineBuilder builder = suspending(EXITS_WITH_MARK).prepare(SuspensionTest::setVector);
        try (Machine machine = builder.build();
                Snapshot before = machine.snapshot()) {
            machine.start();
            awaitSleep(machine);
            machine.memory().putShort(MARK, (short) 9);
            machine.restore(before);
            awaitSleep(machine);
            machine.pressPowerButton();
            assertEquals(new Outcome.Exited(5), machine.await());
        }
    }
}
