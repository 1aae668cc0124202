package kvm4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What those get who mistype, and those who ask. */
class MistakeTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "dcotor | unknown command: 'dcotor'; did you mean doctor",
                "gests | did you mean guests",
                "run --tiemout 3 hello | unknown option: '--tiemout'; did you mean --timeout",
                "run hello again | superfluous argument: 'again'",
                "help ruun | did you mean run",
                "run | kvm4j: missing required parameter: 'IMAGE'",
                "run hello -p count | kvm4j: invalid value for option '--param' (NAME=N): 'count'"
                        + " is not",
                "run hello-real --load-address 0x2000 | drop --load-address",
            })
    void isAnsweredInOneLine(String line, String answer) {
        InProcess.run(line.split(" ")).assertFailure(ExitStatus.USAGE, answer, "--help");
    }

    /** As of a variable that was not set; it would be the working directory. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "run hello --kvm-device",
                "run hello --jfr",
                "explain hello --json",
                "test hello --junit",
                "test hello --durations",
                "doctor --kvm-device"
            })
    void anEmptyNameIsNoFile(String line) {
        List<String> words = new ArrayList<>(List.of(line.split(" ")));
        words.add("");
        InProcess.run(words.toArray(String[]::new))
                .assertFailure(ExitStatus.USAGE, words.get(words.size() - 2), "'' names no file");
    }

    @Test
    void anEmptyNameIsNoImage() {
        for (String command : List.of("run", "explain", "test")) {
            InProcess.run(command, "").assertFailure(ExitStatus.NO_IMAGE, "no such image: ''");
        }
    }

    @Test
    void noFileIsLostThatIsRead(@TempDir Path folder) throws IOException {
        byte[] kernel = SampleKernels.code("b0 05 e6 f4");
        Path image = Files.write(folder.resolve("kernel.bin"), kernel);
        Path link = Files.createSymbolicLink(folder.resolve("link"), image);
        for (String line :
                List.of(
                        "run IMAGE --serial file:IMAGE",
                        "run IMAGE --serial file:LINK",
                        "run IMAGE --jfr IMAGE",
                        "run IMAGE --snapshot-at exit:1 IMAGE",
                        "explain LINK --json IMAGE",
                        "test IMAGE --junit IMAGE")) {
            String words = line.replace("IMAGE", image.toString()).replace("LINK", link.toString());
            InProcess.run(words.split(" "))
                    .assertFailure(ExitStatus.USAGE, "would overwrite", ", which is read");
            assertArrayEquals(kernel, Files.readAllBytes(image));
        }
    }

    @Test
    void twoThingsAreNotWrittenToOneFile(@TempDir Path folder) {
        String file = folder.resolve("page").toString();
        InProcess.run("explain", "hello", "--json", file, "--timeline", file)
                .assertFailure(ExitStatus.USAGE, "have one file: ");
    }

    @Test
    void aProcessorWithoutAName() {
        InProcess.run("run", "--cpu", ",", "hello")
                .assertFailure(ExitStatus.USAGE, "there is no processor ''");
    }

    /** How much memory there can be depends on the host's KVM. */
    @Test
    void aGuestOfMoreMemoryThanThereCanBe() {
        HostKvm.assume();
        InProcess.run("run", "hello", "-m", "10T")
                .assertFailure(ExitStatus.USAGE, "at most 8 TiB", "--help");
    }

    @Test
    void helpIsACommand() {
        Result result = InProcess.run("help", "run");
        result.assertStatus(ExitStatus.OK);
        assertEquals(InProcess.run("run", "--help").out(), result.out());
        assertEquals(InProcess.run("--help").out(), InProcess.run("help").out());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"help", "help run", "help test", "help guests", "help doctor", "help help"})
    void helpHasOneBlankLineBetweenItsParts(String line) {
        String help = InProcess.run(line.split(" ")).out();
        assertFalse(help.contains("\n\n\n"), help);
    }

    @Test
    void helpListsAllCommands() {
        String help = InProcess.run("help").out();
        for (String command : "run explain test guests doctor bench completion help".split(" ")) {
            assertTrue(help.contains("\n  " + command + " "), help);
        }
    }

    @Test
    void benchIsElsewhere() {
        InProcess.run("bench", "--quick").assertFailure(ExitStatus.UNAVAILABLE, "kvm4j bench");
    }

    @Test
    void completionKnowsCommandsAndOptions() {
        String script = InProcess.run("completion").out();
        assertTrue(script.contains("complete -F _complete_kvm4j"), script);
        assertTrue(script.contains("--irqchip"), script);
        assertFalse(script.contains("PicocliHidden"), script);
    }

    @Test
    void guestsShowWhatTheirParametersAre() {
        String list = InProcess.run("guests").out();
        assertTrue(list.contains("--param count=100000 --param size=1 --param port=0x3ff"), list);
    }

    @ParameterizedTest
    @CsvSource({"pio", "mmio", "sum", "touch"})
    void aGuestEndsByItself(String guest) {
        HostKvm.assume();
        InProcess.run("run", guest).assertStatus(ExitStatus.OK);
    }

    @Test
    void statisticsShowTheKernelsOwn() {
        HostKvm.assume();
        Result result = InProcess.run("run", "cpuid", "--stats", "-p", "count=1000");
        result.assertStatus(ExitStatus.OK);
        assertTrue(result.err().contains("counted by the kernel"), result::err);
        assertTrue(result.err().lines().anyMatch(l -> l.startsWith("exits ")), result::err);
    }
}
