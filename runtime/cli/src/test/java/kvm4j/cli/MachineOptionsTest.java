package kvm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.linux.NativeThread;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** What the options make of the machine, as a guest sees it. */
@Tag("kvm")
class MachineOptionsTest {

    private static final String HALT = "f4";
    private static final String HALT_WITH_INTERRUPTS_ON = "fb f4 eb fd";

    /** mov $VALUE, %al; mov $PORT, %dx; out %al, %dx; hlt. */
    private static final String OUT = "b0 %02x ba %02x %02x ee f4";

    @TempDir private Path folder;

    @BeforeEach
    void guestsRun() {
        HostKvm.assume();
    }

    private String image(String code) throws IOException {
        return Files.write(folder.resolve("image"), SampleKernels.code(code)).toString();
    }

    private String writing(int value, int port) throws IOException {
        return image(OUT.formatted(value, port & 0xff, port >> 8));
    }

    @Test
    @Tag("smp")
    void severalProcessorsRun() {
        Result result =
                InProcess.run("run", "count", "-pcount=10", "-pprocessors=3", "--cpus", "3");
        assertEquals(new Result(0, "", ""), result);
    }

    @Test
    @Tag("smp")
    void statisticsTellTheProcessorsApart() {
        Result result =
                InProcess.run(
                        "run", "--cpus=2", "-pcount=10", "-pprocessors=2", "--stats", "count");
        result.assertStatus(ExitStatus.OK);
        assertMatches("^IO +1$", result);
        assertMatches("^total +1 in ", result);
        assertMatches("^vCPU 0 +(0|1  IO 1)$", result);
        assertMatches("^vCPU 1 +(0|1  IO 1)$", result);
    }

    private static void assertMatches(String line, Result result) {
        assertTrue(
                Pattern.compile(line, Pattern.MULTILINE).matcher(result.err()).find(),
                result::toString);
    }

    @Test
    void guestsThatNeedInterruptControllersHaveThem() {
        assertEquals(new Result(0, "", ""), InProcess.run("run", "tick", "-pcount=3"));
        assertEquals(
                new Result(0, "abc", ""), InProcess.runWithInput("abc", "run", "echo-interrupt"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"kernel", "split"})
    void aHaltIsNoEndWhereAnInterruptCanEndIt(String where) throws IOException {
        InProcess.run("run", "--irqchip", where, "-t", "200ms", image(HALT_WITH_INTERRUPTS_ON))
                .assertStatus(ExitStatus.TIME_LIMIT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"kernel", "split"})
    void aHaltWithInterruptsOffIsTheEnd(String where) throws IOException {
        InProcess.run("run", "--irqchip", where, "-t", "60s", image(HALT))
                .assertStatus(ExitStatus.OK);
    }

    @Test
    void aHaltIsTheEndWithout() throws IOException {
        InProcess.run("run", "--irqchip", "none", image(HALT)).assertStatus(ExitStatus.OK);
    }

    @ParameterizedTest
    @CsvSource({"0x06, 0xcf9, RESET", "0xfe, 0x64, RESET", "0x01, 0x505, PANICKED"})
    void aPcSaysHowItsGuestEnded(String value, String port, ExitStatus status) throws IOException {
        InProcess.run(
                        "run",
                        "--irqchip=kernel",
                        writing(Integer.decode(value), Integer.decode(port)))
                .assertFailure(status, "the guest");
    }

    @Test
    void aPcCanBeTurnedOff() throws IOException {
        // mov $0x3400, %ax (sleep enable, type 5); mov $0x604, %dx; out %ax, %dx; hlt
        String image = image("b8 00 34 ba 04 06 ef f4");
        assertEquals(new Result(0, "", ""), InProcess.run("run", "--irqchip=kernel", image));
    }

    @Test
    void aProcessorInQemusWords() {
        Result result = InProcess.run("run", "--cpu", "qemu64,+ia64", "--cpus=2", "hello");
        result.assertStatus(ExitStatus.OK);
        assertTrue(result.err().contains("kvm4j: KVM does not offer here: ia64\n"), result.err());
        assertEquals(result.err().indexOf("ia64"), result.err().lastIndexOf("ia64"));
    }

    @Test
    void aProcessorThatCannotBe() {
        InProcess.run("run", "--cpu", "qemu64,+foo", "hello")
                .assertFailure(ExitStatus.USAGE, "there is no feature 'foo'");
        InProcess.run("run", "--cpu", "host,hv_evmcs", "hello")
                .assertFailure(ExitStatus.USAGE, "kvm4j has no hv-evmcs");
        InProcess.run("run", "--cpu", "max,+ia64,enforce", "hello")
                .assertFailure(ExitStatus.UNAVAILABLE, "KVM does not offer here: ia64");
    }

    @Test
    @Tag("smp")
    void processorsAreBoundToCpus() {
        int allowed = NativeThread.current().cpus().stream().findFirst().orElseThrow();
        Result result =
                InProcess.run(
                        "run",
                        "--cpus=2",
                        "--pin=" + allowed,
                        "-pcount=10",
                        "-pprocessors=2",
                        "count");
        assertEquals(new Result(0, "", ""), result);
        InProcess.run("run", "--pin", "8191", "hello")
                .assertFailure(ExitStatus.USAGE, "CPU 8191", "kvm4j run --help");
    }

    @Test
    void theExitDeviceOfTheTestsShiftsTheCode() throws IOException {
        String image = writing(3, 0xf4);
        assertEquals(3, InProcess.run("run", image).status());
        assertEquals(7, InProcess.run("run", "--device", "isa-debug-exit", image).status());
    }

    @ParameterizedTest
    @CsvSource({"66 b8 00 01 00 00, 256", "66 b8 00 00 00 80, 2147483648"})
    void aCodeThatLooksLikeNoneIsNone(String move, String code) throws IOException {
        // mov $CODE, %eax; out %eax, $0xf4
        InProcess.run("run", image(move + " 66 e7 f4"))
                .assertFailure(ExitStatus.WIDE_CODE, "the guest exited with code");
    }

    @Test
    void theTestDeviceRemembers() throws IOException {
        // mov $9, %al; out %al, $0xe0; xor %al, %al; in $0xe0, %al; out %al, $0xf4
        String image = image("b0 09 e6 e0 30 c0 e4 e0 e6 f4");
        assertEquals(9, InProcess.run("run", "--device=pc-testdev", image).status());
        assertEquals(255, InProcess.run("run", image).status());
    }

    @ParameterizedTest
    @CsvSource({"debugcon, 0xe9", "debugcon=0x402, 0x402", "debugcon=1026, 0x402"})
    void theDebugConsoleIsOnStandardError(String device, String port) throws IOException {
        Result result =
                InProcess.run(
                        "run", "-t", "1h", "--device", device, writing('!', Integer.decode(port)));
        assertEquals(new Result(0, "", "!"), result);
    }

    @Test
    void devicesAddUp() throws IOException {
        Result result =
                InProcess.run(
                        "run",
                        "--device=debugcon",
                        "--device=debugcon=0x402",
                        "--device=isa-debug-exit",
                        // the character to both consoles, then out %al, $0xf4
                        image("b0 2e ba e9 00 ee ba 02 04 ee e6 f4"));
        assertEquals(new Result(2 * '.' + 1, "", ".."), result);
    }
}
