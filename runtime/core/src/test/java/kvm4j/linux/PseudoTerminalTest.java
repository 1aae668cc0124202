package kvm4j.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import kvm4j.bindings.libc.Libc;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

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

    /** It is full, and nobody will make room: the rest goes nowhere, and nothing waits for it. */
    @Test
    void oneThatIsLetGoWhileFullTakesNothingMore() throws Exception {
        terminal.apply(terminal.settings().raw());
        InputStream idle = reader();
        CompletableFuture<NativeThread> writer = new CompletableFuture<>();
        var written =
                CompletableFuture.runAsync(
                        () -> {
                            writer.complete(NativeThread.current());
                            try {
                                terminal.output().write(bytes("x".repeat(1_000_000)));
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        });
        Path call = Path.of("/proc/self/task/" + writer.get().id() + "/syscall");
        while (!Files.readString(call).startsWith(Libc.SYS_poll() + " ")) {
            Thread.onSpinWait();
        }
        idle.close();
        written.get(PATIENCE.toSeconds() / 2, TimeUnit.SECONDS);
        print("nobody hears this");
        try (InputStream reader = reader()) {
            var printed =
                    CompletableFuture.runAsync(
                            () -> {
                                try {
                                    print("somebody is back");
                                } catch (IOException e) {
                                    throw new UncheckedIOException(e);
                                }
                            });
            byte[] all = new byte[1 << 20];
            StringBuilder text = new StringBuilder();
            while (!text.toString().endsWith("somebody is back")) {
                int count = reader.read(all);
                text.append(new String(all, 0, count, StandardCharsets.ISO_8859_1));
            }
            printed.join();
        }
    }

    @Test
    void closingEndsAWriteThatWaits() throws Exception {
        PseudoTerminal patient = PseudoTerminal.open(Duration.ofHours(1));
        patient.apply(patient.settings().raw());
        try (InputStream idle = Files.newInputStream(patient.path())) {
            var written =
                    CompletableFuture.supplyAsync(
                            () ->
                                    assertThrows(
                                            IOException.class,
                                            () -> patient.output().write(new byte[1_000_000])));
            assertEquals(0, idle.read());
            patient.output().close();
            assertEquals("pseudo-terminal is closed", written.get().getMessage());
        }
        patient.close();
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
        var end = new CompletableFuture<Integer>();
        Thread reader =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    try {
                                        end.complete(terminal.input().read());
                                    } catch (IOException e) {
                                        end.completeExceptionally(e);
                                    }
                                });
        while (Stream.of(reader.getStackTrace())
                .noneMatch(frame -> frame.getMethodName().equals("await"))) {
            Thread.sleep(1);
        }
        terminal.close();
        assertEquals(-1, end.get());
        terminal.close();
        assertEquals(-1, terminal.input().read());
        assertThrows(IOException.class, () -> print("x"));
        assertThrows(IllegalStateException.class, terminal::settings);
    }
}
