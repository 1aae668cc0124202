package kvm4j.machine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.boot.ImageFormat;
import kvm4j.device.DebugConsole;
import kvm4j.device.Serial16550;
import kvm4j.guests.Guest;
import kvm4j.kvm.NeedsKvm;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.OutputStream;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/**
 * A guest that accesses anything at random, in machines with everything plugged in: it may end its
 * machine, and nothing else. Goes on for {@code -Dhostile.seconds} with each kind of interrupt
 * controllers, if that is longer than a few machines take.
 */
@NeedsKvm
@Tag("smp")
class HostileGuestTest {

    private static final int MACHINES = 12;
    private static final Duration MORE =
            Duration.ofSeconds(Integer.getInteger("hostile.seconds", 0));
    private static final long ACCESSES = 400;
    private static final Duration LIMIT = Duration.ofSeconds(1);

    @ParameterizedTest
    @EnumSource
    void harmsOnlyItself(IrqchipMode irqchip, TestReporter reporter) {
        run(irqchip, 0);
        HostResources before = HostResources.inUse();
        Map<String, Integer> outcomes = new TreeMap<>();
        long end = System.nanoTime() + MORE.toNanos();
        for (long seed = 1; seed <= MACHINES || System.nanoTime() < end; seed++) {
            Outcome outcome = run(irqchip, seed);
            assertTrue(isOfItsOwnMaking(outcome), "seed " + seed + ": " + outcome);
            outcomes.merge(outcome.getClass().getSimpleName(), 1, Integer::sum);
        }
        HostResources.inUse().assertNoMoreThan(before);
        reporter.publishEntry(irqchip.name(), outcomes.toString());
    }

    private static Outcome run(IrqchipMode irqchip, long seed) {
        byte[] image = Guest.HOSTILE.image();
        MachineBuilder builder =
                Machine.builder()
                        .memory(4 << 20)
                        .image(ImageFormat.of(image).read(image))
                        .irqchip(irqchip)
                        .processors(irqchip == IrqchipMode.NONE ? 1 : 2)
                        .pc()
                        .exitDevice(Peripherals.isaDebugExit())
                        .peripheral(Peripherals.testDevice())
                        .peripheral(
                                Peripherals.debugConsole(
                                        DebugConsole.FIRMWARE_PORT,
                                        OutputStream.nullOutputStream()))
                        .peripheral(HostileGuestTest::coalesce)
                        .timeLimit(LIMIT)
                        .prepare(
                                memory -> {
                                    memory.putLong(Guest.PARAMETER_BLOCK, seed);
                                    memory.putLong(Guest.PARAMETER_BLOCK + 8, ACCESSES);
                                });
        try (Machine machine = builder.build()) {
            return machine.run();
        }
    }

    private static void coalesce(Board board) {
        board.coalescePorts(Serial16550.COM1_PORT, 1);
        board.coalescePorts(DebugConsole.FIRMWARE_PORT, 1);
        board.coalesceMmio(Guest.MMIO_ADDRESS, 4096);
    }

    private static boolean isOfItsOwnMaking(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Exited _,
                    Outcome.Halted _,
                    Outcome.PoweredOff _,
                    Outcome.Reset _,
                    Outcome.Panicked _,
                    Outcome.TripleFault _,
                    Outcome.InternalError _,
                    Outcome.TimeLimitReached _ ->
                    true;
            case Outcome.FailedEntry _, Outcome.HostError _, Outcome.Stopped _ -> false;
        };
    }
}
