package kvm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

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

@Tag("kvm")
class RunCommandTest {

    /** mov $42, %al; out %al, $0xf4. */
    private static final byte[] EXIT_42 = {(byte) 0xb0, 42, (byte) 0xe6, (byte) 0xf4};

    /** hlt. */
    private static final byte[] HALT = {(byte) 0xf4};

    @BeforeEach
    void guestsRun() {
        HostKvm.assume();
    }

    @ParameterizedTest
    @CsvSource({
        "hello, Hello from long mode",
        "hello-protected, Hello from protected mode",
        "hello-real, Hello from real mode"
    })
    void guestsOfTheCatalogueGreet(String guest, String greeting) {
        Result result = InProcess.run("run", guest);
        assertEquals(new Result(0, greeting + "\n", ""), result);
    }

    @Test
    void theEndOfTheInputIsTheEndOfTransmission() {
        assertEquals(new Result(0, "ab\ncd", ""), InProcess.runWithInput("ab\ncd", "run", "echo"));
    }

    @Test
    void theGuestsExitCodeIsTheStatus(@TempDir Path folder) throws IOException {
        Path image = Files.write(folder.resolve("exit"), EXIT_42);
        assertEquals(new Result(42, "", ""), InProcess.run("run", image.toString()));
    }

    @ParameterizedTest
    @CsvSource({"fine, 0, ''", "'', 0, ''", "CODE, 7, 'a fault that the parser knows of\n'"})
    void oneInputOfAGuestThatIsFuzzed(String input, int status, String out, @TempDir Path folder)
            throws IOException {
        Path file = Files.writeString(folder.resolve("an input"), input);
        assertEquals(
                new Result(status, out, ""),
                InProcess.run("run", "--device", "fuzz-input=" + file, "fuzz-target"));
    }

    @Test
    void anInputThatIsNotThere() {
        InProcess.run("run", "--device", "fuzz-input=/no/such/file", "fuzz-target")
                .assertFailure(ExitStatus.NO_IMAGE, "'/no/such/file'");
    }

    @Test
    void aGuestThatIsFuzzedWithoutAnInput() {
        assertEquals(new Result(0, "", ""), InProcess.run("run", "fuzz-target"));
    }

    @ParameterizedTest
    @CsvSource({"04 06, 00 20", "04 b0, 00 20", "04 40, 00 34", "00 06, 34 00"})
    void bareCodeTurnsTheMachineOff(String port, String value, @TempDir Path folder)
            throws IOException {
        // mov $port, %dx; mov $value, %ax; out %ax, %dx; jmp .
        byte[] code = SampleKernels.code("ba " + port + " b8 " + value + " ef eb fe");
        Path image = Files.write(folder.resolve("off.bin"), code);
        assertEquals(
                new Result(0, "", ""), InProcess.run("run", "--timeout", "30s", image.toString()));
    }

    @Test
    void aCallOfTheBiosFailsWithTheCarryFlag(@TempDir Path folder) throws IOException {
        // clc; mov $0xe820, %ax; int $0x15; setc %al; out %al, $0xf4
        byte[] code = SampleKernels.code("f8 b8 20 e8 cd 15 0f 92 c0 e6 f4");
        Path image = Files.write(folder.resolve("bios.bin"), code);
        assertEquals(
                new Result(1, "", ""),
                InProcess.run("run", "--irqchip", "kernel", "-t", "30s", image.toString()));
    }

    @Test
    void aHaltIsAGoodEnd(@TempDir Path folder) throws IOException {
        Path image = Files.write(folder.resolve("halt"), HALT);
        assertEquals(new Result(0, "", ""), InProcess.run("run", image.toString()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0x1000", "0x7c00", "65536"})
    void codeIsLoadedWhereItIsWanted(String address, @TempDir Path folder) throws IOException {
        Path image = Files.write(folder.resolve("exit"), EXIT_42);
        Result result =
                InProcess.run("run", "--trace", "--load-address", address, image.toString());
        assertEquals(42, result.status());
        assertTrue(result.err().contains("IO out 0xf4, 1 byte: 0x2a"), result::toString);
    }

    @Test
    void theTimeLimitEndsAGuestThatSpins() {
        InProcess.run("run", "spin", "--timeout", "200ms")
                .assertFailure(ExitStatus.TIME_LIMIT, "time limit");
    }

    @Test
    void aTripleFaultIsReportedWithThePlace() {
        Result result = InProcess.run("run", "triple-fault");
        result.assertStatus(ExitStatus.TRIPLE_FAULT);
        String first = result.err().lines().findFirst().orElseThrow();
        String place = " at RIP 0x1000[0-9a-f]{2} \\(.+\\).*";
        String forgotten = ".* at its reset vector: kvm_amd .*";
        assertTrue(first.matches("kvm4j: triple fault(" + place + "|" + forgotten + ")"), first);
        assertTrue(result.err().contains("  RAX 0000000000000000"), result::toString);
    }

    @Test
    void statisticsCountTheExits() {
        Result result = InProcess.run("run", "pio", "--param", "count=1000", "--stats");
        result.assertStatus(ExitStatus.OK);
        assertTrue(
                Pattern.compile("^IO +1001$", Pattern.MULTILINE).matcher(result.err()).find(),
                result::toString);
    }

    @Test
    void theTraceHasALineForEachExit() {
        Result result = InProcess.run("run", "mmio", "--param", "0=0x3", "--trace");
        result.assertStatus(ExitStatus.OK);
        long writes =
                result.err()
                        .lines()
                        .filter(line -> line.contains("MMIO write 0xfe000000, 4 bytes: 0x"))
                        .count();
        assertEquals(3, writes, result::toString);
    }

    @Test
    void memoryHoldsWhatItIsLargeEnoughFor() {
        InProcess.run("run", "hello", "--memory", "2M").assertStatus(ExitStatus.OK);
        InProcess.run("run", "hello", "--memory", "5G").assertStatus(ExitStatus.OK);
    }

    @Test
    void verboseShowsWhereAnErrorComesFrom() {
        Result result = InProcess.run("--verbose", "run", "no-such-guest");
        result.assertStatus(ExitStatus.NO_IMAGE);
        assertTrue(result.err().contains("\tat kvm4j.cli"), result::toString);
    }

    @ParameterizedTest
    @CsvSource({"vmx-root, kvm_intel", "svm-root, kvm_amd"})
    void aHypervisorForAnotherVendorsProcessorIsRefused(String guest, String module) {
        assumeFalse(Files.exists(Path.of("/sys/module", module)), () -> "this host has " + module);
        InProcess.run("run", guest)
                .assertFailure(ExitStatus.UNAVAILABLE, guest + " needs a processor with", module);
    }
}
