package kvm4j.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import kvm4j.kvm.Kvm;
import kvm4j.kvm.NeedsKvm;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** KVM is asked once what a guest's processor can be, as long as its device is there. */
@NeedsKvm
class HostProcessorTest {

    @TempDir private Path folder;

    /** Some answers are those of the host's CPU that was asked. */
    private static void assertAlike(HostProcessor one, HostProcessor other) {
        assertEquals(one.machineChecks(), other.machineChecks());
        assertEquals(one.cpuId().entries().size(), other.cpuId().entries().size());
    }

    @Test
    void theSameDeviceIsAskedOnce() {
        try (Kvm kvm = Kvm.open();
                Kvm again = Kvm.open()) {
            assertSame(HostProcessor.of(kvm), HostProcessor.of(again));
        }
    }

    @Test
    void aDeviceThatIsGoneIsAskedAllTheSame() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("kvm"), Kvm.DEVICE);
        try (Kvm kvm = Kvm.open();
                Kvm gone = Kvm.open(link)) {
            Files.delete(link);
            HostProcessor asked = HostProcessor.of(gone);
            assertAlike(HostProcessor.of(kvm), asked);
            assertNotSame(asked, HostProcessor.of(gone));
        }
    }
}
