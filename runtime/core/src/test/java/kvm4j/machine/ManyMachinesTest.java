package kvm4j.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.boot.FlatImage;
import kvm4j.kvm.NeedsKvm;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Machines come and go, and the host gets back all that they held. */
@NeedsKvm
@Tag("long")
class ManyMachinesTest {

    private static final int MACHINES = 10_000;

    /** The JVM maps memory of its own as it warms up; machines that leaked would add thousands. */
    private static final long MAPPINGS_OF_THE_JVM = 500;

    private static final FlatImage HALT = new FlatImage(new byte[] {(byte) 0xf4});

    @Test
    void tenThousandMachinesLeaveNothingBehind() {
        runOne();
        HostResources before = HostResources.inUse();
        for (int i = 0; i < MACHINES; i++) {
            runOne();
        }
        HostResources after = HostResources.inUse();
        assertEquals(before.descriptors(), after.descriptors());
        assertTrue(
                after.mappings() < before.mappings() + MAPPINGS_OF_THE_JVM,
                () -> before + " became " + after);
    }

    private static void runOne() {
        try (Machine machine = Machine.builder().memory(1 << 20).image(HALT).build()) {
            assertEquals(new Outcome.Halted(), machine.run());
        }
    }
}
