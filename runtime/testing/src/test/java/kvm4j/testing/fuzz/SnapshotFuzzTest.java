package kvm4j.testing.fuzz;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import kvm4j.guests.Guest;
import kvm4j.kvm.Vcpu;
import kvm4j.machine.IrqchipMode;
import kvm4j.machine.Outcome;
import kvm4j.testing.GuestSetup;
import kvm4j.testing.HostKvm;
import kvm4j.x86.Registers;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CancellationException;

@Tag("kvm")
class SnapshotFuzzTest {

    private static final Outcome WELL = new Outcome.Exited(0);

    @TempDir private Path folder;

    @BeforeEach
    void requireKvm() {
        assumeTrue(
                HostKvm.isDemanded() || HostKvm.obstacle().isEmpty(),
                () -> HostKvm.obstacle().orElse(""));
    }

    private FuzzOptions options() {
        return FuzzOptions.DEFAULT.withFindings(folder.resolve("found"));
    }

    private SnapshotFuzz target() {
        return SnapshotFuzz.of(GuestSetup.of(Guest.FUZZ_TARGET), options());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void inputsThatAreFine() {
        try (SnapshotFuzz target = target()) {
            for (String input : List.of("", "x", "BUG?", "HAN", " CODE", "z".repeat(4096))) {
                assertEquals(WELL, target.run(bytes(input)), input);
                target.fuzz(bytes(input));
            }
            assertEquals(12, target.statistics().executions());
            assertEquals(1, target.statistics().forks());
            assertTrue(target.statistics().executionsPerSecond() > 0);
        }
        assertFalse(Files.exists(folder.resolve("found")));
    }

    @Test
    void aCrash() throws IOException {
        try (SnapshotFuzz target = target()) {
            FuzzFinding finding = assertThrows(FuzzFinding.class, () -> target.fuzz(bytes("BUG!")));
            assertInstanceOf(Outcome.TripleFault.class, finding.outcome());
            assertTrue(finding.getMessage().startsWith("fuzz-target: triple fault"));
            assertTold(finding, "crash-", "BUG!");
            assertEquals(WELL, target.run(bytes("and on")));
            assertEquals(2, target.statistics().forks());
        }
    }

    @Test
    void inputsWithoutATimeLimit() {
        FuzzOptions patient = options().withTimeLimit(ChronoUnit.FOREVER.getDuration());
        try (SnapshotFuzz target = SnapshotFuzz.of(GuestSetup.of("fuzz-target"), patient)) {
            assertEquals(WELL, target.run(bytes("x")));
        }
    }

    @Test
    void aHang() throws IOException {
        FuzzOptions patient = options().withTimeLimit(Duration.ofMillis(300));
        try (SnapshotFuzz target = SnapshotFuzz.of(GuestSetup.of("fuzz-target"), patient)) {
            FuzzFinding finding = assertThrows(FuzzFinding.class, () -> target.fuzz(bytes("HANG")));
            assertInstanceOf(Outcome.TimeLimitReached.class, finding.outcome());
            assertTold(finding, "hang-", "HANG");
            String message = finding.getMessage();
            assertTrue(message.contains("the time limit of 0.3 s passed: vCPU 0 running"), message);
            assertTrue(message.contains("code eb fe"), message);
            assertEquals(WELL, target.run(bytes("and on")));
        }
    }

    @Test
    void anExitCode() throws IOException {
        try (SnapshotFuzz target = target()) {
            FuzzFinding finding = assertThrows(FuzzFinding.class, () -> target.fuzz(bytes("CODE")));
            assertEquals(new Outcome.Exited(7), finding.outcome());
            assertTold(finding, "exit-", "CODE");
            String message = finding.getMessage();
            assertTrue(message.endsWith("\na fault that the parser knows of\n"), message);
            assertTrue(message.contains("RIP 0000000000"), message);
            assertEquals(WELL, target.run(bytes("and on")));
        }
    }

    private void assertTold(FuzzFinding finding, String kind, String input) throws IOException {
        Path file = finding.file();
        assertEquals(folder.resolve("found"), file.getParent());
        assertTrue(file.getFileName().toString().matches(kind + "[0-9a-f]{64}"), file::toString);
        assertArrayEquals(bytes(input), Files.readAllBytes(file));
        String message = finding.getMessage();
        String hexadecimal = HexFormat.ofDelimiter(" ").formatHex(bytes(input));
        assertTrue(
                message.contains("input: 4 bytes, saved as " + file + ": " + hexadecimal), message);
        assertTrue(
                message.contains(
                        "repeat: kvm4j run -m 64M --timeout 10000ms --device fuzz-input=%s %s"
                                .formatted(file, "fuzz-target\n")),
                message);
        assertTrue(message.contains("--- processors ---\nvCPU 0\nRAX "), message);
    }

    /** The guest ends with exit code 8 where its memory is not as it was. */
    @Test
    void everyInputFindsTheGuestAsItWas() {
        try (SnapshotFuzz target = target()) {
            for (int length : new int[] {4096, 3, 0, 1000, 1}) {
                assertEquals(WELL, target.run(bytes("y".repeat(length))));
            }
        }
    }

    @Test
    void whatPassesIsTheUsersToSay() {
        FuzzOptions lenient = options().withPassing(outcome -> outcome instanceof Outcome.Exited);
        try (SnapshotFuzz target = SnapshotFuzz.of(GuestSetup.of("fuzz-target"), lenient)) {
            target.fuzz(bytes("CODE"));
            assertThrows(FuzzFinding.class, () -> target.fuzz(bytes("BUG!")));
        }
    }

    /** What is saved is what the guest got. */
    @Test
    void longInputsAreCutOff() throws IOException {
        try (SnapshotFuzz target = target()) {
            assertEquals(WELL, target.run(new byte[10_000]));
            byte[] input = bytes("CODE" + "x".repeat(5000));
            FuzzFinding finding = assertThrows(FuzzFinding.class, () -> target.fuzz(input));
            assertEquals(4096, Files.size(finding.file()));
        }
        FuzzOptions brief = options().withLongestInput(3);
        try (SnapshotFuzz target = SnapshotFuzz.of(GuestSetup.of("fuzz-target"), brief)) {
            target.fuzz(bytes("BUG!"));
        }
    }

    @Test
    void nothingIsLeft() throws IOException {
        try (SnapshotFuzz target = target()) {
            target.run(bytes("first"));
            long before = openFiles();
            for (int i = 0; i < 200; i++) {
                assertEquals(WELL, target.run(bytes("input " + i)));
            }
            for (int i = 0; i < 5; i++) {
                assertInstanceOf(Outcome.TripleFault.class, target.run(bytes("BUG!" + i)));
            }
            assertEquals(WELL, target.run(bytes("last")));
            assertTrue(openFiles() <= before, () -> before + " files became " + openFiles());
            assertEquals(6, target.statistics().forks());
        }
    }

    private static long openFiles() {
        try (var files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = IrqchipMode.class,
            names = {"KERNEL", "SPLIT"})
    void aGuestOnAPc(IrqchipMode irqchip) {
        GuestSetup setup = GuestSetup.of(Guest.FUZZ_TARGET).irqchip(irqchip);
        try (SnapshotFuzz target = SnapshotFuzz.of(setup, options())) {
            for (int i = 0; i < 3; i++) {
                assertEquals(WELL, target.run(bytes("input")));
                assertInstanceOf(Outcome.TripleFault.class, target.run(bytes("BUG!")));
                assertEquals(new Outcome.Exited(7), target.run(bytes("CODE")));
            }
        }
    }

    /**
     * Asks again and again, with a descriptor at 0x2000: mov $0x2000, %edi; movl $0x3000, (%edi);
     * movl $16, 8(%edi); 1: mov %edi, %eax; out %eax, $0xf8; incl 0x4000; jmp 1b.
     */
    @Test
    void askingOnceMoreIsTheEndOfAnInput() {
        byte[] code =
                HexFormat.of()
                        .parseHex(
                                "bf0020"
                                        + "66c70500300000"
                                        + "66c7450810000000"
                                        + "6689f8"
                                        + "66e7f8"
                                        + "66ff060040"
                                        + "ebf3");
        try (SnapshotFuzz target = SnapshotFuzz.of(GuestSetup.of("loop", code), options())) {
            for (int i = 0; i < 3; i++) {
                assertEquals(WELL, target.run(bytes("input")));
                assertEquals(1, target.machine().memory().getInt(0x4000));
                assertArrayEquals(bytes("input"), target.machine().memory().read(0x3000, 5));
                assertEquals(5, target.machine().memory().getLong(0x2010));
                Registers registers = target.machine().onVcpu(0, Vcpu::registers);
                assertEquals(0x1018, registers.rip());
            }
        }
    }

    @Test
    void aGuestThatNeverAsks() {
        IllegalStateException refused =
                assertThrows(
                        IllegalStateException.class,
                        () -> SnapshotFuzz.of(GuestSetup.of("hello"), options()));
        String message = refused.getMessage();
        assertTrue(message.startsWith("hello ended before it asked for an input"), message);
        assertTrue(message.contains("Hello from long mode"), message);
        GuestSetup spin = GuestSetup.of("spin").timeout(Duration.ofMillis(300));
        assertThrows(IllegalStateException.class, () -> SnapshotFuzz.of(spin, options()));
    }

    /** mov $-1, %eax; out %eax, $0xf8; hlt. */
    @Test
    void aDescriptorThatIsNotInMemory() {
        byte[] code = HexFormat.of().parseHex("66b8ffffffff" + "66e7f8" + "f4");
        IllegalStateException refused =
                assertThrows(
                        IllegalStateException.class,
                        () -> SnapshotFuzz.of(GuestSetup.of("lost", code), options()));
        assertTrue(
                refused.getMessage().startsWith("lost asked for an input with a descriptor at 0xf"),
                refused::getMessage);
    }

    @Test
    void anInterruptEndsAHang() {
        try (SnapshotFuzz target = target()) {
            target.run(bytes("first"));
            Thread.currentThread().interrupt();
            assertThrows(CancellationException.class, () -> target.run(bytes("HANG")));
            assertTrue(Thread.interrupted());
            assertEquals(WELL, target.run(bytes("and on")));
        }
    }

    @Test
    void closed() {
        SnapshotFuzz target = target();
        assertThrows(IllegalStateException.class, target::machine);
        target.close();
        target.close();
        assertThrows(IllegalStateException.class, () -> target.run(new byte[1]));
        assertThrows(IllegalStateException.class, () -> target.fuzz(new byte[1]));
    }
}
