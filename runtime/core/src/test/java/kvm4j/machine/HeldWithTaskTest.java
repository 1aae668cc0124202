package kvm4j.machine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.boot.ImageFormat;
import kvm4j.guests.Guest;
import kvm4j.kvm.NeedsKvm;

import org.junit.jupiter.api.Test;

import java.time.Duration;

/** A vCPU that comes out of the guest for a task, as the machine is looked at for having halted. */
@NeedsKvm
class HeldWithTaskTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** The first looks are after 50, 150 and 350 ms: tasks without an end meet some of them. */
    private static final long STORM = Duration.ofMillis(400).toNanos();

    @Test
    void goesOn() {
        MachineBuilder builder =
                Machine.builder()
                        .image(ImageFormat.ELF64.read(Guest.COUNT.image()))
                        .prepare(memory -> memory.putLong(Guest.PARAMETER_BLOCK + 8, 1))
                        .irqchip(IrqchipMode.KERNEL)
                        .timeLimit(LIMIT);
        try (Machine machine = builder.build()) {
            machine.start();
            awaitMoreThan(machine, 0);
            long start = System.nanoTime();
            while (System.nanoTime() - start < STORM) {
                machine.onVcpu(0, vcpu -> vcpu.id());
            }
            awaitMoreThan(machine, counter(machine) + 1);
        }
    }

    private static void awaitMoreThan(Machine machine, int count) {
        long deadline = System.nanoTime() + LIMIT.dividedBy(6).toNanos();
        while (counter(machine) <= count && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        assertTrue(counter(machine) > count, "the guest stands still");
    }

    private static int counter(Machine machine) {
        return machine.memory().getInt(Guest.COUNTERS);
    }
}
