package kvm4j.benchmarks.loop;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import kvm4j.benchmarks.kind.ExitKind;
import kvm4j.benchmarks.kind.Workload;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.file.Files;
import java.nio.file.Path;

/** Every kind of exit happens as it should, again and again, whoever's KVM this is. */
@Tag("kvm")
class OperationTest {

    private static final Path DEVICE = Path.of("/dev/kvm");
    private static final int COUNT = 100;

    /** Of what takes a whole machine. */
    private static final int FEW = 3;

    @BeforeAll
    static void requireKvm() {
        assumeTrue(
                System.getenv("CI") != null || Files.exists(DEVICE), "this host has no " + DEVICE);
    }

    @ParameterizedTest
    @EnumSource(
            names = {"SINGLE_STEP", "IPI", "START", "START_200K"},
            mode = EnumSource.Mode.EXCLUDE)
    void aKindOfExitIsRepeated(ExitKind kind) {
        assumeFalse(
                kind == ExitKind.HYPERCALL && Files.exists(Path.of("/sys/module/kvm_pvm")),
                "kvm_pvm never gets past a VMCALL of ring 0");
        repeat(kind);
    }

    @ParameterizedTest
    @EnumSource(names = {"START", "START_200K"})
    void aProcessOfItsOwnIsNoOperation(ExitKind kind) {
        assertThrows(IllegalArgumentException.class, () -> Operation.of(kind.workload()));
    }

    @Test
    @Tag("debug")
    void aSingleStepIsRepeated() {
        repeat(ExitKind.SINGLE_STEP);
    }

    @Test
    @Tag("smp")
    void anInterruptBetweenProcessorsIsRepeated() {
        repeat(ExitKind.IPI);
    }

    /** An operation that ends otherwise than it should throws. */
    private static void repeat(ExitKind kind) {
        try (Operation operation = Operation.of(kind.workload())) {
            int count = kind.workload() instanceof Workload.Machined ? FEW : COUNT;
            for (int i = 0; i < count; i++) {
                operation.once();
            }
        }
    }
}
