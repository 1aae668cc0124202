package kvm4j.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.boot.FlatImage;
import kvm4j.kvm.NeedsKvm;
import kvm4j.x86.CpuId;
import kvm4j.x86.CpuIdEntry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.HexFormat;
import java.util.function.UnaryOperator;

/** What a guest finds when it asks CPUID; each program exits with a byte of the answer. */
@NeedsKvm
class GuestCpuIdTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static int exitCode(IrqchipMode irqchip, String code) {
        byte[] program = HexFormat.ofDelimiter(" ").parseHex(code);
        try (Machine machine =
                Machine.builder()
                        .image(new FlatImage(program))
                        .irqchip(irqchip)
                        .timeLimit(LIMIT)
                        .build()) {
            return assertInstanceOf(Outcome.Exited.class, machine.run()).code();
        }
    }

    /** mov $1, %eax; cpuid; shr $31, %ecx; mov %cl, %al; out %al, $0xf4. */
    @ParameterizedTest
    @EnumSource
    void thereIsAHypervisor(IrqchipMode irqchip) {
        assertEquals(1, exitCode(irqchip, "66 b8 01 00 00 00 0f a2 66 c1 e9 1f 88 c8 e6 f4"));
    }

    /** mov $0x80000002, %eax; cpuid; out %al, $0xf4. */
    @ParameterizedTest
    @EnumSource
    void theProcessorHasAName(IrqchipMode irqchip) {
        int first = exitCode(irqchip, "66 b8 02 00 00 80 0f a2 e6 f4");
        assertTrue(Character.isLetterOrDigit(first) || first == ' ', () -> "begins with " + first);
    }

    /** mov $1, %eax; cpuid; out %al, $0xf4: the family, the model and the stepping. */
    @Test
    void oneIsAnsweredOtherwise() {
        byte[] program = HexFormat.ofDelimiter(" ").parseHex("66 b8 01 00 00 00 0f a2 e6 f4");
        UnaryOperator<CpuId> older =
                cpuId -> {
                    CpuIdEntry features = cpuId.find(1, 0).orElseThrow();
                    return cpuId.with(
                            features.withAnswer(
                                    0x0006_0fb1, features.ebx(), features.ecx(), features.edx()));
                };
        MachineBuilder builder =
                Machine.builder().image(new FlatImage(program)).cpuId(older).timeLimit(LIMIT);
        try (Machine machine = builder.build();
                Snapshot snapshot = machine.snapshot();
                Machine fork = snapshot.fork()) {
            assertEquals(new Outcome.Exited(0xb1), machine.run());
            assertEquals(new Outcome.Exited(0xb1), fork.run());
        }
    }

    /** mov $0x80000008, %eax; cpuid; out %al, $0xf4. */
    @ParameterizedTest
    @EnumSource
    void addressesHaveASize(IrqchipMode irqchip) {
        int bits = exitCode(irqchip, "66 b8 08 00 00 80 0f a2 e6 f4");
        assertTrue(bits >= 36 && bits <= 52, () -> bits + " bits of physical address");
    }
}
