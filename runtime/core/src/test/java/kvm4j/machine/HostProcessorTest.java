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
import java.nio.file.attribute.FileTime;

/** KVM is asked once what a guest's processor can be, until its device is another. */
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
            assertSame(HostProcessor.of(kvm, Kvm.DEVICE), HostProcessor.of(again, Kvm.DEVICE));
        }
    }

    @Test
    void aDeviceThatWasMadeAnewIsAskedAnew() throws IOException {
        Path node = Files.createFile(folder.resolve("kvm"));
        try (Kvm kvm = Kvm.open()) {
            HostProcessor before = HostProcessor.of(kvm, node);
            Files.delete(node);
            Files.createFile(node);
            Files.setLastModifiedTime(node, FileTime.fromMillis(1));
            HostProcessor after = HostProcessor.of(kvm, node);
            assertNotSame(before, after);
            assertAlike(before, after);
        }
    }

    @Test
    void aDeviceThatIsGoneIsAskedAllTheSame() {
        try (Kvm kvm = Kvm.open()) {
            Path gone = folder.resolve("kvm");
            assertAlike(HostProcessor.of(kvm, Kvm.DEVICE), HostProcessor.of(kvm, gone));
        }
    }
}
