package kvm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
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
    @CsvSource({"INT, 130", "TERM, 143"})
    void aSignalEndsAGuest(String signal, int status) throws Exception {
        try (Child child = Child.start(folder, Child.WITH_SIGNALS, "run", "echo")) {
            child.type("running").awaitOutput("running").signal(signal);
            assertEquals(new Result(status, "running", ""), child.await());
        }
    }

    @Test
    void ctrlCEndsAGuestThatSpins() throws Exception {
        try (Child child = Child.start(folder, Child.WITH_SIGNALS, "run", "spin", "--trace")) {
            Thread.sleep(1_000);
            child.signal("INT");
            assertEquals(130, child.await().status());
        }
    }

    @Test
    void theTimeLimitHasItsStatus() throws Exception {
        try (Child child = start("run", "spin", "--timeout", "100ms")) {
            child.await().assertFailure(ExitStatus.TIME_LIMIT, "0.1 s");
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
