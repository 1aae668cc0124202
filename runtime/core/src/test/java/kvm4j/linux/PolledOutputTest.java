package kvm4j.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.bindings.libc.Libc;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

@Timeout(60)
class PolledOutputTest {

    private static final byte[] MUCH = new byte[1_000_000];

    static {
        new Random(1).nextBytes(MUCH);
    }

    @TempDir private Path folder;
    private Path pipe;

    /** Whose mode blocks, as that of a standard output does, and which counts as a reader too. */
    private FileDescriptor end;

    @BeforeEach
    void makePipe() throws Exception {
        pipe = folder.resolve("pipe");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        end = FileDescriptor.open(pipe);
    }

    @AfterEach
    void closePipe() {
        end.close();
    }

    private static CompletableFuture<IOException> failureOfWriting(
            PolledOutput output, CompletableFuture<Thread> thread) {
        CompletableFuture<IOException> failure = new CompletableFuture<>();
        Thread writer =
                Thread.ofPlatform()
                        .daemon()
                        .start(
                                () -> {
                                    try {
                                        output.write(MUCH);
                                        failure.complete(null);
                                    } catch (IOException e) {
                                        failure.complete(e);
                                    } catch (Throwable e) {
                                        failure.completeExceptionally(e);
                                    }
                                });
        thread.complete(writer);
        return failure;
    }

    @Test
    void everythingArrives() throws Exception {
        try (PolledOutput output = new PolledOutput(end.number(), "pipe");
                InputStream reader = Files.newInputStream(pipe)) {
            var failure = failureOfWriting(output, new CompletableFuture<>());
            assertArrayEquals(MUCH, reader.readNBytes(MUCH.length));
            assertEquals(null, failure.get());
            output.write('x');
            assertEquals('x', reader.read());
        }
    }

    @Test
    void closingEndsAWriteThatWaits() throws Exception {
        PolledOutput output = new PolledOutput(end.number(), "pipe");
        try (InputStream reader = Files.newInputStream(pipe)) {
            var failure = failureOfWriting(output, new CompletableFuture<>());
            assertEquals(MUCH[0], (byte) reader.read());
            output.close();
            output.close();
            assertEquals("pipe is closed", failure.get().getMessage());
            assertThrows(IOException.class, () -> output.write(1));
        }
    }

    @Test
    void anInterruptEndsAWriteThatWaits() throws Exception {
        try (PolledOutput output = new PolledOutput(end.number(), "pipe")) {
            CompletableFuture<Thread> writer = new CompletableFuture<>();
            var failure = failureOfWriting(output, writer);
            writer.get().interrupt();
            var interrupted = (InterruptedIOException) failure.get();
            assertTrue(interrupted.bytesTransferred < MUCH.length);
        }
    }

    /** A terminal that says it has room, and has it for a part, blocks whoever writes more. */
    @Test
    void closingEndsAWriteToATerminalThatNobodyReads() throws Exception {
        try (PseudoTerminal terminal = PseudoTerminal.open();
                FileDescriptor otherEnd =
                        FileDescriptor.open(terminal.path(), Libc.O_RDWR() | Libc.O_NOCTTY())) {
            PolledOutput output = new PolledOutput(otherEnd.number(), "terminal");
            var failure = failureOfWriting(output, new CompletableFuture<>());
            terminal.input().read();
            output.close();
            assertEquals("terminal is closed", failure.get().getMessage());
        }
    }

    @Test
    void aReaderThatIsGoneIsNamed() {
        try (FileDescriptor writeOnly = FileDescriptor.open(pipe, Libc.O_WRONLY());
                PolledOutput before = new PolledOutput(writeOnly.number(), "standard output")) {
            end.close();
            try (PolledOutput after = new PolledOutput(writeOnly.number(), "standard output")) {
                for (PolledOutput output : new PolledOutput[] {before, after}) {
                    var failure = assertThrows(IOException.class, () -> output.write(MUCH));
                    assertEquals("standard output: Broken pipe (EPIPE)", failure.getMessage());
                }
            }
        }
    }

    @Test
    void aFullDiskIsNamed() throws IOException {
        try (FileDescriptor full = FileDescriptor.open(Path.of("/dev/full"));
                PolledOutput output = new PolledOutput(full.number(), "standard output")) {
            var failure = assertThrows(IOException.class, () -> output.write(1));
            assertEquals("standard output: No space left on device (ENOSPC)", failure.getMessage());
        }
    }

    @Test
    void aDescriptorThatIsNotOpenIsNamed() throws IOException {
        try (PolledOutput output = new PolledOutput(1_000_000, "descriptor 1000000")) {
            var failure = assertThrows(IOException.class, () -> output.write(1));
            assertEquals("descriptor 1000000: Bad file descriptor (EBADF)", failure.getMessage());
        }
    }

    /** Though its file could be opened anew, and written then. */
    @Test
    void aDescriptorToReadFromIsNotWritten() throws IOException {
        for (Path file : List.of(pipe, Path.of("/dev/null"))) {
            try (FileDescriptor readOnly =
                            FileDescriptor.open(file, Libc.O_RDONLY() | Libc.O_NONBLOCK());
                    PolledOutput output = new PolledOutput(readOnly.number(), "output")) {
                var failure = assertThrows(IOException.class, () -> output.write(1));
                assertEquals("output: Bad file descriptor (EBADF)", failure.getMessage());
            }
        }
    }

    @Test
    void aFileIsWrittenWhereItsOffsetIs() throws IOException {
        Path file = folder.resolve("file");
        Files.writeString(file, "0123456789");
        try (FileDescriptor descriptor = FileDescriptor.open(file);
                PolledOutput output = new PolledOutput(descriptor.number(), "file")) {
            output.write("ab".getBytes());
            output.write(MUCH, 0, 0);
            output.write("cde".getBytes(), 1, 1);
            output.flush();
        }
        assertEquals("abd3456789", Files.readString(file));
    }
}
