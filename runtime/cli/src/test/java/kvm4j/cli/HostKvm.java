package kvm4j.cli;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** What tests that run guests need of the host. */
public final class HostKvm {

    private static final Path DEVICE = Path.of("/dev/kvm");

    private HostKvm() {}

    /** Skips the test on a host without KVM, other than in CI, where there has to be one. */
    public static void assume() {
        assumeTrue(
                System.getenv("CI") != null || Files.exists(DEVICE), "this host has no " + DEVICE);
    }
}
