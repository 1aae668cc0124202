package kvm4j.testing.fuzz;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import kvm4j.machine.Outcome;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

class FindingFolderTest {

    private static final byte[] INPUT = "abc".getBytes(StandardCharsets.UTF_8);

    /** FIPS 180-4's example for SHA-256. */
    private static final String SHA256 =
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    @TempDir private Path folder;

    @Test
    void namesTellWhatTheInputDid() {
        FindingFolder findings = new FindingFolder(folder.resolve("a/b"));
        assertEquals(
                folder.resolve("a/b/exit-" + SHA256), findings.save(INPUT, new Outcome.Exited(7)));
        assertEquals(
                folder.resolve("a/b/hang-" + SHA256),
                findings.save(
                        INPUT, new Outcome.TimeLimitReached(Duration.ofSeconds(1), List.of())));
        assertEquals(
                folder.resolve("a/b/crash-" + SHA256),
                findings.save(INPUT, new Outcome.Panicked()));
    }

    @Test
    void whatIsThereStays() throws IOException {
        Path known = Files.writeString(folder.resolve("exit-" + SHA256), "known");
        FindingFolder findings = new FindingFolder(folder);
        assertEquals(known, findings.save(INPUT, new Outcome.Exited(7)));
        assertEquals("known", Files.readString(known));
        assertArrayEquals(INPUT, Files.readAllBytes(findings.save(INPUT, new Outcome.Panicked())));
    }

    @Test
    void aFolderThatCannotBeIsSaid() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        FindingFolder findings = new FindingFolder(file);
        UncheckedIOException refused =
                assertThrows(
                        UncheckedIOException.class,
                        () -> findings.save(INPUT, new Outcome.Exited(1)));
        assertEquals(
                "cannot save the input as " + file.resolve("exit-" + SHA256), refused.getMessage());
    }
}
