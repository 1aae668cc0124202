package kvm4j.kvm;

import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.file.Files;
import java.nio.file.Path;

/** Whether the processor runs guests, and not the kernel's instruction emulator. */
public final class HardwareVirtualization {

    private HardwareVirtualization() {}

    /** Skips the test where the kernel emulates the guest's instructions. */
    public static void assume() {
        assumeFalse(
                Files.exists(Path.of("/sys/module/kvm_pvm")),
                "kvm_pvm has no hardware virtualization");
    }
}
