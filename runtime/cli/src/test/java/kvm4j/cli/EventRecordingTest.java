package kvm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** {@code --jfr}: what is in the file, and what is said where there can be none. */
class EventRecordingTest {

    @TempDir private Path folder;

    private Path file() {
        return folder.resolve("guest.jfr");
    }

    private List<RecordedEvent> events(String name) throws IOException {
        return RecordingFile.readAllEvents(file()).stream()
                .filter(event -> event.getEventType().getName().equals(name))
                .toList();
    }

    private String outcome() throws IOException {
        return events("kvm4j.Machine").getLast().getString("outcome");
    }

    @Test
    @Tag("kvm")
    void theFileHasTheGuestAndTheJvm() throws IOException {
        HostKvm.assume();
        Result result =
                InProcess.run(
                        "run", "pio", "-p", "count=50", "--jfr", file().toString(), "--stats");
        result.assertStatus(ExitStatus.OK);
        assertTrue(result.err().contains("exit reason"), result::err);
        assertEquals(51, events("kvm4j.Exit").size());
        assertEquals("Exited", outcome());
        assertEquals(1, events("jdk.JVMInformation").size());
    }

    @Test
    @Tag("kvm")
    void allRunsOfARepeatedGuestAreThere() throws IOException {
        HostKvm.assume();
        InProcess.run("run", "hello", "--repeat", "3", "--jfr", file().toString())
                .assertStatus(ExitStatus.OK);
        assertEquals(3, events("kvm4j.Machine").size());
    }

    @Test
    @Tag("kvm")
    void theTimeLimitIsThere() throws IOException {
        HostKvm.assume();
        InProcess.run("run", "spin", "--timeout", "1s", "--jfr", file().toString())
                .assertStatus(ExitStatus.TIME_LIMIT);
        assertEquals("TimeLimitReached", outcome());
        assertTrue(
                events("kvm4j.Kick").stream()
                        .anyMatch(kick -> kick.getString("reason").equals("STOP")));
    }

    @ParameterizedTest
    @CsvSource({"INT, 130", "TERM, 143", "HUP, 129"})
    void theFileIsWrittenWhenASignalEndsTheGuest(String signal, int status) throws Exception {
        HostKvm.assume();
        try (Child child =
                Child.start(
                        folder, Child.WITH_SIGNALS, "run", "echo", "--jfr", file().toString())) {
            child.type("running").awaitOutput("running").signal(signal);
            assertEquals(new Result(status, "running", ""), child.await());
        }
        assertFalse(events("kvm4j.Exit").isEmpty());
        assertEquals("Stopped", outcome());
    }

    @Test
    void aSnapshotIsSavedBesides() throws IOException {
        HostKvm.assume();
        Path saved = folder.resolve("saved");
        Result result =
                InProcess.run(
                        "run",
                        "pio",
                        "-p",
                        "count=20000",
                        "--snapshot-at",
                        "exit:1",
                        saved.toString(),
                        "--jfr",
                        file().toString());
        result.assertStatus(ExitStatus.OK);
        assertTrue(Files.size(saved) > 0, result::err);
        assertEquals(20_001, events("kvm4j.Exit").size());
    }

    @Test
    void aFolderThatIsNotThereIsToldOf() {
        Path nowhere = folder.resolve("none/guest.jfr");
        InProcess.run("run", "hello", "--jfr", nowhere.toString())
                .assertFailure(ExitStatus.CANNOT_CREATE, nowhere.toString(), "no such folder");
    }

    @Test
    void aFolderIsNoFile() {
        InProcess.run("run", "hello", "--jfr", folder.toString())
                .assertFailure(ExitStatus.CANNOT_CREATE, folder.toString(), "no regular file");
    }

    @Test
    void aFileWithoutANameIsAMistake() {
        InProcess.run("run", "hello", "--jfr")
                .assertFailure(ExitStatus.USAGE, "missing required parameter");
        InProcess.run("run", "hello", "--jfr", "")
                .assertFailure(ExitStatus.USAGE, "'' names no file");
    }

    @Test
    void aJavaWithoutARecorderIsToldOf() throws Exception {
        try (Child child =
                Child.startOnClassPath(
                        folder,
                        List.of("--limit-modules=java.base,java.xml,jdk.unsupported"),
                        "run",
                        "hello",
                        "--jfr",
                        file().toString())) {
            child.await().assertFailure(ExitStatus.UNAVAILABLE, "no Flight Recorder", "jdk.jfr");
        }
        assertFalse(Files.exists(file()));
    }

    @Test
    void aRecorderThatIsTurnedOffIsToldOf() throws Exception {
        try (Child child =
                Child.startOnClassPath(
                        folder,
                        List.of("-XX:-FlightRecorder", "-XX:+IgnoreUnrecognizedVMOptions"),
                        "run",
                        "hello",
                        "--jfr",
                        file().toString())) {
            Result result = child.await(); // the JVM warns of the option
            result.assertStatus(ExitStatus.UNAVAILABLE);
            assertTrue(result.err().contains("no Flight Recorder"), result::err);
        }
    }

    @Test
    void nobodyWhoDoesNotRecordLoadsTheRecorder() throws Exception {
        Path log = folder.resolve("classes");
        try (Child child =
                Child.startOnClassPath(
                        folder, List.of("-Xlog:class+load:file=" + log), "run", "hello")) {
            child.await();
        }
        String loaded = Files.readString(log);
        assertTrue(loaded.contains(" kvm4j.cli.RunCommand "), "the log works");
        assertFalse(loaded.contains(" jdk.jfr."), loaded);
        assertFalse(loaded.contains(" kvm4j.trace."), loaded);
    }
}
