package kvm4j.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import kvm4j.guests.Guest;
import kvm4j.kvm.ExitReason;
import kvm4j.kvm.Vcpu;
import kvm4j.machine.Outcome;
import kvm4j.testing.cpu.MissingFeaturesException;
import kvm4j.testing.cpu.QemuCpu;
import kvm4j.testing.verdict.Verdict;
import kvm4j.x86.CpuId;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;

/** Guests that do what guests do when something is wrong, and some that do not. */
@Tag("kvm")
class NastyGuestTest {

    private static final Duration FOREVER = ChronoUnit.FOREVER.getDuration();

    /**
     * mov $0x3f8, %dx; mov $message, %si; print: lodsb; test %al, %al; jz end; out %al, %dx; jmp
     * print
     */
    private static final String PRINTS = "ba f8 03 be %s ac 84 c0 74 03 ee eb f8";

    /** mov $1, %al; out %al, $0xf4 */
    private static final String EXIT_1 = "b0 01 e6 f4";

    @BeforeEach
    void requireKvm() {
        assumeTrue(
                HostKvm.isDemanded() || HostKvm.obstacle().isEmpty(),
                () -> HostKvm.obstacle().orElse(""));
    }

    /** Each would have kept a CPU that others wait for. */
    @Test
    @Timeout(60)
    void onesThatCannotBeBuiltWhateverIsThrown() {
        IOException checked = new IOException("no disk");
        GuestSetup broken = GuestSetup.of("hello").customize(_ -> sneak(checked));
        for (int i = 0; i <= Runtime.getRuntime().availableProcessors(); i++) {
            assertSame(checked, assertThrows(IOException.class, broken::start));
        }
        oneThatIsWell();
    }

    @SuppressWarnings("unchecked") // as code that is not Java's does
    private static <T extends Throwable> void sneak(Throwable failure) throws T {
        throw (T) failure;
    }

    /** The register is one that no KVM changes. */
    @Test
    void oneOnAnotherProcessor() {
        GuestSetup setup = GuestSetup.of("hello").cpu(QemuCpu.parse("qemu64,+ia64"));
        try (FinishedGuest guest = setup.run()) {
            CpuId cpuId = guest.machine().onVcpu(0, Vcpu::cpuId);
            assertEquals(0x0006_0fb1, cpuId.find(1, 0).orElseThrow().eax());
            assertTrue(guest.report().contains("KVM does not offer here: "), guest.report());
        }
    }

    @Test
    void oneOnAProcessorThatKvmDoesNotOffer() {
        GuestSetup setup = GuestSetup.of("hello").cpu(QemuCpu.parse("max,+ia64,enforce"));
        MissingFeaturesException refusal = assertThrows(MissingFeaturesException.class, setup::run);
        assertEquals(
                "processor max,+ia64,enforce: KVM does not offer here: ia64", refusal.getMessage());
    }

    @Test
    void oneThatIsWell() {
        try (FinishedGuest guest = GuestSetup.of("hello").run()) {
            assertEquals(new Outcome.Exited(0), guest.outcome());
            assertEquals(List.of("Hello from long mode"), guest.consoleLines());
            assertEquals(
                    List.of(
                            new Verdict(
                                    "ends well",
                                    Verdict.Status.PASSED,
                                    "the guest exited with code 0")),
                    Judgement.of(guest).tests());
            assertTrue(guest.exits(ExitReason.IO) > 20);
            assertTrue(guest.timeInGuest().compareTo(guest.duration()) < 0);
        }
    }

    @Test
    void oneThatAThreadAsksAboutThatIsInterrupted() {
        try (RunningGuest guest = GuestSetup.of("spin").start()) {
            Thread.currentThread().interrupt();
            assertTrue(guest.isRunning());
            assertTrue(Thread.interrupted(), "it still is");
            guest.stop();
            Thread.currentThread().interrupt();
            assertFalse(guest.isRunning());
            assertTrue(Thread.interrupted(), "it still is");
        }
    }

    @Test
    void oneThatTurnsTheMachineOffAsUnderQemu() {
        // mov $0x604, %dx; mov $0x2000, %ax; out %ax, %dx
        try (FinishedGuest guest = printing("", "ba 04 06 b8 00 20 ef").run()) {
            assertEquals(new Outcome.PoweredOff(), guest.outcome());
        }
    }

    @Test
    void oneThatTellsOfItsTests() {
        try (FinishedGuest guest = printing("PASS: one\nFAIL: two\n", "b0 03 e6 f4").run()) {
            assertEquals(
                    List.of(
                            new Verdict("one", Verdict.Status.PASSED, ""),
                            new Verdict("two", Verdict.Status.FAILED, "")),
                    Judgement.of(guest).tests());
        }
    }

    @Test
    void oneWhoseTestsPassButNotItsEnd() {
        try (FinishedGuest guest = printing("PASS: one\n", "b0 03 e6 f4").run()) {
            Verdict end = Judgement.of(guest).tests().getLast();
            assertEquals(Verdict.Status.FAILED, end.status());
            assertEquals(
                    "the guest exited with code 3; expected: exit code 0 or power off",
                    end.detail());
        }
    }

    @Test
    void oneThatHaltsAfterItsFirstTest() {
        try (FinishedGuest guest = printing("PASS: one\nFAIL: two\n", "fa f4").run()) {
            assertInstanceOf(Outcome.Halted.class, guest.outcome());
            assertEquals("ends well", Judgement.of(guest).tests().getLast().name());
        }
        try (FinishedGuest guest = printing("PASS: one\n", "fa f4").mayHalt().run()) {
            assertTrue(Judgement.of(guest).passed());
        }
    }

    /** 38 is 77 to QEMU's device. */
    @Test
    void oneThatSkipsAll() {
        try (FinishedGuest guest = printing("nothing to test\n", "b0 26 e6 f4").qemuExit().run()) {
            assertEquals(new Outcome.Exited(77), guest.outcome());
            assertEquals(
                    List.of(
                            new Verdict(
                                    "ends well", Verdict.Status.SKIPPED, "the guest skipped all")),
                    Judgement.of(guest).tests());
        }
    }

    @Test
    void oneThatSpins() {
        GuestSetup setup = GuestSetup.of(Guest.SPIN).timeout(Duration.ofSeconds(2));
        try (FinishedGuest guest = setup.run()) {
            assertInstanceOf(Outcome.TimeLimitReached.class, guest.outcome());
            String report = guest.report();
            assertTrue(report.contains("repeat: kvm4j run -m 64M --timeout 2000ms spin"), report);
            assertTrue(report.contains("RIP 0000000000"), report);
            assertTrue(report.contains("code eb fe"), report);
        }
    }

    @Test
    void oneThatFaults() {
        try (FinishedGuest guest = GuestSetup.of(Guest.TRIPLE_FAULT).run()) {
            assertTrue(guest.report().contains("end: triple fault"), guest.report());
            assertTrue(guest.report().contains("SHUTDOWN"), guest.report());
            assertEquals(Verdict.Status.FAILED, Judgement.of(guest).tests().getFirst().status());
        }
    }

    /** rep outsb of all of a segment, again and again, without an end to the line. */
    @Test
    void oneThatFillsTheConsole() {
        byte[] code = hex("ba f8 03 31 f6 b9 00 80 f3 6e eb f7");
        GuestSetup setup = GuestSetup.of("flood", code).timeout(Duration.ofSeconds(1));
        try (FinishedGuest guest = setup.run()) {
            assertTrue(guest.console().length() <= 2 * Transcript.HALF + 100);
            assertEquals("ends well", Judgement.of(guest).tests().getLast().name());
            assertTrue(guest.report().length() < 1 << 20);
        }
    }

    @Test
    void theLastExitsAreRemembered() {
        try (FinishedGuest guest = GuestSetup.of(Guest.PIO).parameter("count", 100).run()) {
            String report = guest.report();
            assertTrue(report.contains("\nvCPU 0 IO write to 0x3ff, 1 byte, 31 times: 0x"), report);
            assertTrue(report.endsWith("\nvCPU 0 IO write to 0xf4, 1 byte: 0x0\n"), report);
            String exits = report.substring(report.indexOf("--- last exits ---"));
            assertEquals(3, exits.lines().count(), exits);
        }
    }

    @Test
    void theReportCommandsNoTerminal() {
        String text = "\u001b[31mFAIL: red\u001b[0m\r\n\u001b]0;title\u0007bell\u0007\n";
        try (FinishedGuest guest = printing(text, EXIT_1).run()) {
            assertTrue(guest.console().contains("\u001b[31m"), guest.console());
            String report = guest.report();
            assertTrue(report.contains(" bytes ---\nFAIL: red\nbell\\x07\n--- "), report);
        }
    }

    /** 32 KiB of memory, whatever is in it. */
    @Test
    void noLineIsTooLong() {
        byte[] code = hex("ba f8 03 31 f6 b9 00 80 f3 6e " + EXIT_1);
        try (FinishedGuest guest = GuestSetup.of("line", code).run()) {
            assertEquals(1, guest.failureReport().printed().size());
            String shown = guest.failureReport().printed().getFirst().text();
            assertEquals("COM1, 32768 bytes", guest.failureReport().printed().getFirst().title());
            assertTrue(shown.lines().allMatch(line -> line.length() < 8000), shown);
        }
    }

    @Test
    void talking() {
        try (RunningGuest guest = GuestSetup.of("echo").start()) {
            guest.type("one two\n").await("one").await("two");
            AssertionError vain =
                    assertThrows(
                            AssertionError.class,
                            () -> guest.type("three").await("four", Duration.ofMillis(100)));
            assertTrue(vain.getMessage().contains("\"four\"; instead came: "), vain.getMessage());
            guest.type("five").await("five", FOREVER);
            FinishedGuest finished = guest.type("\u0004").finish();
            assertEquals(new Outcome.Exited(0), finished.outcome());
            AssertionError over = assertThrows(AssertionError.class, () -> guest.await("more"));
            assertTrue(over.getMessage().startsWith("echo ended without"), over.getMessage());
        }
    }

    @Test
    void oneWithAllTheTimeThereIs() {
        GuestSetup setup = GuestSetup.of("hello").timeout(FOREVER);
        assertTrue(setup.repeatCommand().endsWith(" --timeout 9223372036854775807ns hello"));
        try (RunningGuest guest = setup.start()) {
            AssertionError ended =
                    assertThrows(AssertionError.class, () -> guest.await("never", FOREVER));
            assertTrue(ended.getMessage().startsWith("hello ended without"), ended.getMessage());
            assertEquals(new Outcome.Exited(0), guest.finish().outcome());
        }
    }

    private static GuestSetup printing(String text, String end) {
        byte[] code = hex(PRINTS.formatted("00 00") + " " + end);
        int message = 0x1000 + code.length;
        code[4] = (byte) message;
        code[5] = (byte) (message >> 8);
        ByteArrayOutputStream image = new ByteArrayOutputStream();
        image.writeBytes(code);
        image.writeBytes(text.getBytes(StandardCharsets.UTF_8));
        image.write(0);
        return GuestSetup.of("printing", image.toByteArray());
    }

    private static byte[] hex(String code) {
        return HexFormat.ofDelimiter(" ").parseHex(code);
    }
}
