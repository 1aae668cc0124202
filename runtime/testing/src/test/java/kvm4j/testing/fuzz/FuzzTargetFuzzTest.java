package kvm4j.testing.fuzz;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;

import kvm4j.guests.Guest;
import kvm4j.testing.GuestSetup;
import kvm4j.testing.HostKvm;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

import java.nio.file.Path;

/**
 * A guest under Jazzer, as a user has it. Fuzzed on request; otherwise run with an empty input, and
 * with those in this class's folder of resources. Not in the lanes, to whose Java no agent can be
 * attached, and Jazzer is one.
 */
class FuzzTargetFuzzTest {

    private static SnapshotFuzz target;

    @BeforeAll
    static void boot() {
        assumeTrue(
                HostKvm.isDemanded() || HostKvm.obstacle().isEmpty(),
                () -> HostKvm.obstacle().orElse(""));
        target =
                SnapshotFuzz.of(
                        GuestSetup.of(Guest.FUZZ_TARGET),
                        FuzzOptions.DEFAULT.withFindings(Path.of("target/fuzz-findings")));
    }

    @FuzzTest
    void parses(byte[] input) {
        target.fuzz(input);
    }

    @AfterAll
    static void end() {
        if (target != null) {
            target.close();
        }
    }
}
