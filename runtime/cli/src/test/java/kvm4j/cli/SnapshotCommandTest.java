package kvm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Guests that are saved to files and go on from them. */
class SnapshotCommandTest {

    @TempDir private Path folder;

    @BeforeEach
    void guestsRun() {
        HostKvm.assume();
    }

    private Path saved() {
        Path file = folder.resolve("saved");
        Result result =
                InProcess.run(
                        "run",
                        "pio",
                        "-p",
                        "count=20000",
                        "--snapshot-at",
                        "exit:1",
                        file.toString());
        result.assertStatus(ExitStatus.OK);
        assertTrue(result.err().contains("snapshot written to " + file), result::err);
        return file;
    }

    @Test
    void aGuestGoesOnFromItsFile() {
        Result rest = InProcess.run("run", saved().toString(), "--stats");
        rest.assertStatus(ExitStatus.OK);
        assertTrue(rest.err().contains("IO "), rest::err);
    }

    private Child echo(String moment, Path file) throws IOException {
        return Child.start(
                folder, List.of("env"), "run", "echo", "--snapshot-at", moment, file.toString());
    }

    @Test
    void aTextIsASign() throws IOException, InterruptedException {
        Path file = folder.resolve("at-text");
        try (Child child = echo("ready", file)) {
            child.type("ready").awaitError("snapshot written").endInput();
            child.await().assertStatus(ExitStatus.OK);
        }
        assertEquals("more", InProcess.runWithInput("more", "run", file.toString()).out());
    }

    @Test
    void aSignalIsASign() throws IOException, InterruptedException {
        Path file = folder.resolve("at-signal");
        try (Child child = echo("signal", file)) {
            child.type("x").awaitOutput("x").signal("USR1");
            child.awaitError("snapshot written").endInput();
            child.await().assertStatus(ExitStatus.OK);
        }
        assertTrue(Files.size(file) > 0);
    }

    @Test
    void aGuestThatEndsBeforeIsNotSaved() {
        Result result =
                InProcess.run(
                        "run", "hello", "--snapshot-at", "never", folder.resolve("x").toString());
        result.assertStatus(ExitStatus.CANNOT_CREATE);
        assertTrue(result.err().contains("before the moment of its snapshot"), result::err);
    }

    @Test
    void aGuestThatFailsHasItsOwnStatusAllTheSame() {
        String file = folder.resolve("x").toString();
        InProcess.run("run", "triple-fault", "--snapshot-at", "never", file)
                .assertStatus(ExitStatus.TRIPLE_FAULT);
    }

    @Test
    void aSignalThatNobodySendsIsNoFailure() {
        String file = folder.resolve("x").toString();
        InProcess.run("run", "hello", "--snapshot-at", "signal", file).assertStatus(ExitStatus.OK);
    }

    @Test
    void timesOfManyRunsAreATable() {
        Result result = InProcess.run("run", "hello", "--repeat", "5");
        result.assertStatus(ExitStatus.OK);
        List<String> lines = result.out().lines().toList();
        assertEquals(3, lines.size(), result::out);
        assertTrue(lines.get(1).matches("fork +5( +[0-9.]+){4}"), result::out);
        assertTrue(lines.get(2).matches("run +5( +[0-9.]+){4}"), result::out);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--memory=1G", "--cpus=2", "--irqchip=none", "--append=x"})
    void whatASnapshotKnowsCannotBeSaidAgain(String option) {
        InProcess.run("run", saved().toString(), option)
                .assertFailure(
                        ExitStatus.USAGE, option.substring(0, option.indexOf('=')), "snapshot");
    }

    @Test
    void aDamagedFileIsOneLine() throws IOException {
        Path file = saved();
        byte[] bytes = Files.readAllBytes(file);
        bytes[100] ^= 1;
        Files.write(file, bytes);
        InProcess.run("run", file.toString())
                .assertFailure(ExitStatus.BAD_IMAGE, file.toString(), "damaged");
    }

    @Test
    void placesThatAreNone() {
        InProcess.run("run", "hello", "--snapshot-at", "x", folder.toString())
                .assertFailure(ExitStatus.CANNOT_CREATE, folder.toString(), "no regular file");
        InProcess.run("run", "hello", "--snapshot-at", "x", folder.resolve("a/b").toString())
                .assertFailure(ExitStatus.CANNOT_CREATE, "no such folder");
    }

    @ParameterizedTest
    @ValueSource(strings = {"exit:0", "exit:x", "text:"})
    void momentsThatAreNone(String moment) {
        InProcess.run("run", "hello", "--snapshot-at", moment, "file")
                .assertFailure(ExitStatus.USAGE, "kvm4j run --help");
    }
}
