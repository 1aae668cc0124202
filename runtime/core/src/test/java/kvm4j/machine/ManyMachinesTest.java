package kvm4j.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import kvm4j.boot.FlatImage;
import kvm4j.kvm.NeedsKvm;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Machines come and go, and the host gets back all that they held. */
@NeedsKvm
@Tag("long")
class ManyMachinesTest {

    private static final int MACHINES = 10_000;

    private static final FlatImage HALT = new FlatImage(new byte[] {(byte) 0xf4});

    @Test
    void tenThousandMachinesLeaveNothingBehind() {
        runOne();
        HostResources before = HostResources.inUse();
        for (int i = 0; i < MACHINES; i++) {
            runOne();
        }
        HostResources.inUse().assertNoMoreThan(before);
    }

    private static void runOne() {
        try (Machine machine = Machine.builder().memory(1 << 20).image(HALT).build()) {
            assertEquals(new Outcome.Halted(), machine.run());
        }
    }
}
