package kvm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What only a process of its own shows: its status, its streams, and what signals do to it. */
class ProcessTest {

    /** Takes away root's right to open everything; whoever is not root has none to lose. */
    private static final List<String> WITHOUT_PRIVILEGE =
            System.getProperty("user.name").equals("root")
                    ? List.of("setpriv", "--bounding-set=-dac_override,-dac_read_search")
                    : List.of();

    @TempDir private Path folder;

    @BeforeEach
    void guestsRun() {
        HostKvm.assume();
    }

    private Child start(String... arguments) throws IOException {
        return Child.start(folder, List.of(), arguments);
    }

    @Test
    void nothingButTheGuestIsOnStandardOutput() throws Exception {
        try (Child child = start("run", "hello")) {
            assertEquals(new Result(0, "Hello from long mode\n", ""), child.await());
        }
    }

    @Test
    void whatIsPipedInComesOut() throws Exception {
        try (Child child = start("run", "echo")) {
            child.type("hi").endInput();
            assertEquals(new Result(0, "hi", ""), child.await());
        }
    }

    @Test
    void theGuestReadsWhileTheInputStaysOpen() throws Exception {
        try (Child child = start("run", "echo")) {
            child.type("first\n").awaitOutput("first\n").type("second\n\004");
            assertEquals(new Result(0, "first\nsecond\n", ""), child.await());
        }
    }

    @RepeatedTest(5)
    void aGuestMayEndBeforeItsInput() throws Exception {
        try (Child child = start("run", "hello")) {
            child.type("x".repeat(4000));
            assertEquals(new Result(0, "Hello from long mode\n", ""), child.await());
        }
    }

    @ParameterizedTest
    @CsvSource({"INT, 130", "TERM, 143", "HUP, 129"})
    void statisticsAreThereWhenASignalEndsTheGuest(String signal, int status) throws Exception {
        try (Child child = start("run", "--stats", "echo")) {
            child.type("running").awaitOutput("running").signal(signal);
            Result result = child.await();
            assertEquals(status, result.status());
            assertTrue(result.err().contains("exit reason"), result::toString);
            assertTrue(result.err().contains("IO "), result::toString);
        }
    }

    @ParameterizedTest
    @CsvSource({"INT, 130", "TERM, 143"})
    void aSignalEndsAGuest(String signal, int status) throws Exception {
        try (Child child = Child.start(folder, Child.WITH_SIGNALS, "run", "echo")) {
            child.type("running").awaitOutput("running").signal(signal);
            assertEquals(new Result(status, "running", ""), child.await());
        }
    }

    @Test
    void ctrlCEndsAGuestThatSpins() throws Exception {
        // mov $0x3f8, %dx; mov $'!', %al; out %al, %dx; jmp .
        Path image =
                Files.write(folder.resolve("spins"), SampleKernels.code("ba f8 03 b0 21 ee eb fe"));
        try (Child child =
                Child.start(folder, Child.WITH_SIGNALS, "run", image.toString(), "--trace")) {
            child.awaitOutput("!").signal("INT");
            assertEquals(130, child.await().status());
        }
    }

    @Test
    void theTimeLimitHasItsStatus() throws Exception {
        try (Child child = start("run", "spin", "--timeout", "500ms")) {
            child.await().assertFailure(ExitStatus.TIME_LIMIT, "0.5 s");
        }
    }

    /** As with a pager: what a guest printed waits for the reader, not for the guest's end. */
    @Test
    void whoReadsLateGetsEverything() throws Exception {
        List<String> late =
                List.of("bash", "-c", "set -o pipefail; \"$0\" \"$@\" | (sleep 3; cat) | wc -c");
        String print80k = "b9 ff ff ba f8 03 f3 6e b9 ff 3f f3 6e b0 05 e6 f4";
        Path image = Files.write(folder.resolve("prints"), SampleKernels.code(print80k));
        try (Child child = Child.start(folder, late, "run", image.toString())) {
            assertEquals(new Result(5, (0xffff + 0x3fff) + "\n", ""), child.await());
        }
    }

    /** Gives it a pipe that has a reader, which never reads, in place of a standard stream. */
    private List<String> stalled(String redirection) {
        String fifo = folder.resolve("fifo").toString();
        String script =
                "mkfifo '%1$s' && exec 3<>'%1$s' && %2$s && exec \"$0\" \"$@\""
                        .formatted(fifo, redirection);
        return List.of("env", "--default-signal", "bash", "-c", script);
    }

    @Test
    void messagesThatNobodyReadsDoNotKeepAProcessWhoseTimeIsOver() throws Exception {
        Path image = Files.write(folder.resolve("prints"), SampleKernels.code("e6 80 eb fc"));
        List<String> full = stalled("exec 2>&3");
        try (Child child =
                Child.start(folder, full, "run", "--trace", "-t", "500ms", image.toString())) {
            child.await().assertStatus(ExitStatus.TIME_LIMIT);
        }
    }

    @Test
    void messagesThatNobodyReadsDoNotKeepAProcessThatASignalEnds() throws Exception {
        List<String> full = stalled("head -c 65536 /dev/zero >&3 && exec 2>&3");
        try (Child child = Child.start(folder, full, "run", "--stats", "echo")) {
            child.type("running").awaitOutput("running").signal("TERM");
            assertEquals(143, child.await().status());
        }
    }

    @Test
    void anOutputThatIsNoneIsToldOf() throws Exception {
        List<String> readOnly = List.of("bash", "-c", "exec \"$0\" \"$@\" 1</dev/null");
        for (String command : List.of("run hello", "guests")) {
            try (Child child = Child.start(folder, readOnly, command.split(" "))) {
                child.await().assertFailure(ExitStatus.HOST_ERROR, "standard output", "descriptor");
            }
        }
    }

    @Test
    void whatNobodyReadsIsToldOfWhenTheTimeIsOver() throws Exception {
        List<String> never = stalled("head -c 65536 /dev/zero >&3 && exec >&3");
        try (Child child = Child.start(folder, never, "run", "-t", "2s", "hello")) {
            child.await().assertFailure(ExitStatus.HOST_ERROR, "standard output", "lost");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"--help", "--version", "guests", "doctor", "doctor --json", "run hello"})
    void aFullDiskIsToldOf(String command) throws Exception {
        try (Child child = Child.start(folder, Child.ON_A_FULL_DISK, command.split(" "))) {
            child.await().assertFailure(ExitStatus.HOST_ERROR, "No space left on device");
        }
    }

    @Test
    void memoryThatRunsOutIsToldOf() throws Exception {
        List<String> little = List.of("env", "JDK_JAVA_OPTIONS=-Xmx6m");
        try (Child child = Child.start(folder, little, "run", "/dev/zero", "--memory=1G")) {
            Result result = child.await();
            result.assertStatus(ExitStatus.HOST_ERROR);
            assertTrue(
                    result.err().endsWith("\nkvm4j: out of memory: Java heap space\n"),
                    result::toString);
        }
    }

    @Test
    void aFileOfAnyNameIsFound() throws Exception {
        Path image = folder.resolve("\u00e4 b\nc\033[31m");
        Files.write(image, new byte[] {(byte) 0xb0, 42, (byte) 0xe6, (byte) 0xf4});
        try (Child child = start("run", image.toString())) {
            assertEquals(new Result(42, "", ""), child.await());
        }
    }

    @Test
    void anInputThatCannotBeReadIsToldOf() throws Exception {
        List<String> fromFolder = List.of("bash", "-c", "exec \"$0\" \"$@\" </");
        try (Child child = Child.start(folder, fromFolder, "run", "echo")) {
            child.await().assertFailure(ExitStatus.OK, "standard input", "EISDIR");
        }
    }

    /** As a workflow has it whose input was left out. */
    @ParameterizedTest
    @ValueSource(strings = {"run hello", "test hello", "doctor --ci"})
    void anEmptyNameIsNoDevice(String command) throws Exception {
        List<String> unnamed = List.of("env", "KVM4J_DEVICE=");
        try (Child child = Child.start(folder, unnamed, command.split(" "))) {
            child.await().assertStatus(ExitStatus.OK);
        }
    }

    @Test
    void aDeviceWithoutPermission() throws Exception {
        Path device = lockedFile("kvm");
        try (Child child =
                Child.start(
                        folder,
                        WITHOUT_PRIVILEGE,
                        "run",
                        "hello",
                        "--kvm-device",
                        device.toString())) {
            child.await().assertFailure(ExitStatus.NO_PERMISSION, "EACCES", "group kvm");
        }
    }

    /** One line for the remedy: wrapped, its commands could not be copied out of a log. */
    @Test
    void aGateTellsHowToGetThePermission() throws Exception {
        List<String> onARunner = new ArrayList<>(WITHOUT_PRIVILEGE);
        onARunner.addAll(List.of("env", "CI=true"));
        Path device = lockedFile("kvm");
        try (Child child =
                Child.start(
                        folder, onARunner, "doctor", "--ci", "--kvm-device", device.toString())) {
            Result result = child.await();
            result.assertStatus(ExitStatus.NO_PERMISSION);
            List<String> lines = result.out().lines().toList();
            assertEquals(3, lines.size(), result::out);
            assertTrue(lines.get(1).contains(device + " --------- "), result::out);
            assertTrue(lines.get(2).matches(".*(--reload; sudo udevadm|--device ).*"), result::out);
        }
    }

    @Test
    void anImageWithoutPermission() throws Exception {
        Path image = lockedFile("image");
        try (Child child = Child.start(folder, WITHOUT_PRIVILEGE, "run", image.toString())) {
            child.await().assertFailure(ExitStatus.NO_PERMISSION, image.toString());
        }
    }

    private Path lockedFile(String name) throws IOException {
        Path file = Files.writeString(folder.resolve(name), "locked");
        Files.setPosixFilePermissions(file, Set.<PosixFilePermission>of());
        assumeTrue(
                WITHOUT_PRIVILEGE.isEmpty() || Files.isExecutable(Path.of("/usr/bin/setpriv")),
                "no setpriv to give up root's rights with");
        return file;
    }
}
