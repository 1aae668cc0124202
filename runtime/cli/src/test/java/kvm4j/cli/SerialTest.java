package kvm4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** What a serial port can be connected to other than standard input and output. */
@Timeout(180)
class SerialTest {

    @TempDir private Path folder;

    @BeforeEach
    void guestsRun() {
        HostKvm.assume();
    }

    @Test
    void aFileGetsTheOutput() throws IOException {
        Path file =
                Files.writeString(folder.resolve("serial"), "what was there before\n".repeat(9));
        assertEquals(
                new Result(0, "", ""),
                InProcess.runWithInput("not read", "run", "hello", "--serial", "file:" + file));
        assertEquals("Hello from long mode\n", Files.readString(file));
    }

    @Test
    void noneHasNeitherInputNorOutput() {
        assertEquals(
                new Result(0, "", ""),
                InProcess.runWithInput("not read", "run", "hello", "--serial=none"));
        InProcess.runWithInput("\4", "run", "echo", "--serial=none", "--timeout=300ms")
                .assertFailure(ExitStatus.TIME_LIMIT, "time limit");
    }

    @Test
    void aFileThatCannotBe() throws IOException {
        InProcess.run("run", "hello", "--serial=file:" + folder)
                .assertFailure(ExitStatus.CANNOT_CREATE, folder.toString(), "directory");
        Path inNoFolder = folder.resolve("none").resolve("serial");
        InProcess.run("run", "hello", "--serial=file:" + inNoFolder)
                .assertFailure(ExitStatus.CANNOT_CREATE, inNoFolder.toString(), "no such folder");
        InProcess.run("run", "hello", "--serial=file:a\0b").assertFailure(ExitStatus.USAGE);
        InProcess.run("run", "hello", "--serial=file:/dev/full")
                .assertFailure(ExitStatus.HOST_ERROR, "No space left on device");
        Path image = // mov $'!', %al; mov $0x3f8, %dx; out %al, %dx; hlt
                Files.write(folder.resolve("image"), SampleKernels.code("b0 21 ba f8 03 ee f4"));
        InProcess.run("run", image.toString(), "--serial=file:/dev/full")
                .assertFailure(ExitStatus.HOST_ERROR, "No space left on device");
    }

    @Test
    void aFifoIsWaitedForWithinTheTimeLimit() throws Exception {
        String fifo = folder.resolve("fifo").toString();
        assertEquals(0, new ProcessBuilder("mkfifo", fifo).start().waitFor());
        InProcess.run("run", "hello", "--serial=file:" + fifo, "--timeout=100ms")
                .assertFailure(ExitStatus.TIME_LIMIT, "time limit", "FIFO");
        InProcess.run("run", "hello", "--device=fuzz-input=" + fifo, "--timeout=100ms")
                .assertFailure(ExitStatus.TIME_LIMIT, "time limit", "FIFO");
        InProcess.run("run", fifo, "--timeout=100ms")
                .assertFailure(ExitStatus.TIME_LIMIT, "time limit", "FIFO");
    }

    @Test
    void aFileIsLeftAloneIfThereIsNothingToRun() throws IOException {
        Path file = Files.writeString(folder.resolve("serial"), "precious");
        InProcess.run("run", "no-such-guest", "--serial=file:" + file)
                .assertStatus(ExitStatus.NO_IMAGE);
        assertEquals("precious", Files.readString(file));
    }

    @Test
    void aPseudoTerminalIsOpenedAgainAndAgain() throws Exception {
        try (Child child = Child.start(folder, List.of(), "run", "echo", "--serial=pty")) {
            child.awaitError("\n");
            MatchResult path =
                    Pattern.compile("kvm4j: the serial port is (/dev/pts/\\d+)\n")
                            .matcher(Files.readString(folder.resolve("err")))
                            .results()
                            .findFirst()
                            .orElseThrow();
            Path terminal = Path.of(path.group(1));
            for (String word : new String[] {"one\r\n", "two\3", "three"}) {
                byte[] bytes = word.getBytes(StandardCharsets.ISO_8859_1);
                try (InputStream reader = Files.newInputStream(terminal)) {
                    Files.write(terminal, bytes);
                    assertArrayEquals(bytes, reader.readNBytes(bytes.length));
                }
            }
            Files.write(terminal, new byte[] {4});
            Result result = child.await();
            assertEquals(0, result.status(), result::toString);
            assertEquals("", result.out());
            assertEquals(1, result.err().lines().count(), result::toString);
        }
    }

    @Test
    void aSignalEndsAGuestWithAPseudoTerminal() throws Exception {
        try (Child child = Child.start(folder, List.of(), "run", "spin", "--serial=pty")) {
            child.awaitError("/dev/pts/").signal("TERM");
            assertEquals(143, child.await().status());
        }
    }
}
