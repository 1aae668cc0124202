package kvm4j.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

@Timeout(60)
class PseudoTerminalTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final PseudoTerminal terminal = PseudoTerminal.open(PATIENCE);

    @AfterEach
    void close() {
        terminal.close();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private void print(String text) throws IOException {
        terminal.output().write(bytes(text));
    }

    /** Opens the other end, as a user's program does. */
    private InputStream reader() throws IOException {
        return Files.newInputStream(terminal.path());
    }

    private void type(String text) throws IOException {
        Files.write(terminal.path(), bytes(text));
    }

    private static void assertNext(String expected, InputStream input) throws IOException {
        assertArrayEquals(bytes(expected), input.readNBytes(expected.length()));
    }

    @Test
    void carriesEveryByteUnchangedWhenRaw() throws IOException {
        terminal.apply(terminal.settings().raw());
        byte[] all = new byte[256];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) i;
        }
        try (InputStream reader = reader();
                OutputStream writer = Files.newOutputStream(terminal.path())) {
            terminal.output().write(all);
            assertArrayEquals(all, reader.readNBytes(all.length));
            writer.write(all);
            assertArrayEquals(all, terminal.input().readNBytes(all.length));
        }
    }

    @Test
    void beginsAsTerminalsDo() throws IOException {
        try (InputStream reader = reader()) {
            print("typed\r");
            assertNext("typed\r\n", terminal.input());
            assertNext("typed\n", reader);
        }
    }

    @Test
    void rawInputLeavesTheOutputsLines() throws IOException {
        terminal.apply(terminal.settings().withRawInput());
        try (InputStream reader = reader();
                OutputStream writer = Files.newOutputStream(terminal.path())) {
            print("a\r\3");
            assertNext("a\r\3", reader);
            writer.write(bytes("b\n"));
            assertNext("b\r\n", terminal.input());
        }
    }

    @Test
    void settingsAreWhatWasApplied() {
        TerminalSettings before = terminal.settings();
        TerminalSettings raw = before.raw();
        assertNotEquals(before, raw);
        terminal.apply(raw);
        assertEquals(raw, terminal.settings());
        assertEquals(raw, terminal.settings().raw());
        terminal.apply(before);
        assertEquals(before, terminal.settings());
    }

    @Test
    void isOpenedAndClosedAgainAndAgain() throws IOException {
        terminal.apply(terminal.settings().raw());
        for (int i = 0; i < 3; i++) {
            String number = "(" + i + ")";
            print("nobody hears this");
            type(number);
            assertNext(number, terminal.input());
            try (InputStream reader = reader()) {
                print(number);
                assertNext(number, reader);
            }
        }
    }

    @Test
    void isWaitedForUntilSomebodyTypes() throws Exception {
        terminal.apply(terminal.settings().raw());
        var line =
                CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return terminal.input().read();
                            } catch (IOException e) {
                                throw new AssertionError(e);
                            }
                        });
        Thread.sleep(250);
        assertFalse(line.isDone());
        type("x");
        assertEquals('x', line.get());
    }

    @Test
    void aSlowReaderLosesNothing() throws Exception {
        terminal.apply(terminal.settings().raw());
        byte[] much = new byte[300_000];
        new Random(4).nextBytes(much);
        try (InputStream reader = reader()) {
            var received =
                    CompletableFuture.supplyAsync(
                            () -> {
                                try {
                                    Thread.sleep(200);
                                    return reader.readNBytes(much.length);
                                } catch (IOException | InterruptedException e) {
                                    throw new AssertionError(e);
                                }
                            });
            terminal.output().write(much);
            assertArrayEquals(much, received.get());
        }
    }

    @Test
    void aReaderThatNeverReadsHoldsUpNothing() throws IOException {
        try (PseudoTerminal hasty = PseudoTerminal.open(Duration.ofMillis(100))) {
            hasty.apply(hasty.settings().raw());
            try (InputStream idle = Files.newInputStream(hasty.path())) {
                hasty.output().write(bytes("x".repeat(10_000_000)));
                assertNext("x", idle);
            }
        }
    }

    /** Often, as the kernel seldom is so late that it shows. */
    @RepeatedTest(50)
    void whatWasWrittenCanBeReadAfterTheEnd() throws Exception {
        terminal.apply(terminal.settings().raw());
        try (InputStream reader = reader()) {
            print("last words");
            var received =
                    CompletableFuture.supplyAsync(
                            () -> {
                                try {
                                    Thread.sleep(10);
                                    return reader.readNBytes(10);
                                } catch (IOException | InterruptedException e) {
                                    throw new AssertionError(e);
                                }
                            });
            terminal.close();
            assertArrayEquals(bytes("last words"), received.get());
        }
    }

    @Test
    void closingEndsAReadThatWaits() throws Exception {
        var end =
                CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return terminal.input().read();
                            } catch (IOException e) {
                                throw new AssertionError(e);
                            }
                        });
        Thread.sleep(50);
        terminal.close();
        assertEquals(-1, end.get());
        terminal.close();
        assertEquals(-1, terminal.input().read());
        assertThrows(IOException.class, () -> print("x"));
        assertThrows(IllegalStateException.class, terminal::settings);
    }
}
