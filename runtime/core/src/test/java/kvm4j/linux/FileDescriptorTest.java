package kvm4j.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.bindings.libc.Libc;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

class FileDescriptorTest {

    @TempDir private Path folder;

    @Test
    void readsAndWrites() throws IOException {
        Path file = folder.resolve("file");
        Files.writeString(file, "0123456789");
        try (FileDescriptor descriptor = FileDescriptor.open(file);
                Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(4);
            assertEquals(4, descriptor.read(buffer));
            assertArrayEquals("0123".getBytes(), buffer.toArray(ValueLayout.JAVA_BYTE));
            assertEquals(4, descriptor.read(buffer, 6));
            assertArrayEquals("6789".getBytes(), buffer.toArray(ValueLayout.JAVA_BYTE));
            assertEquals(2, descriptor.read(buffer, 8));
            assertEquals(0, descriptor.read(buffer, 10));
            assertEquals(4, descriptor.write(buffer));
        }
        assertEquals("0123", Files.readString(file).substring(0, 4));
    }

    @Test
    void knowsWhereAHoleEnds() throws IOException {
        Path file = folder.resolve("file");
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(1), 16 << 20);
        }
        try (FileDescriptor descriptor = FileDescriptor.openForReading(file)) {
            long found = descriptor.dataFrom(0).orElseThrow();
            assertTrue(found > 0 && found <= 16 << 20, found + " bytes");
            assertEquals(OptionalLong.of(16 << 20), descriptor.dataFrom(16 << 20));
            assertEquals(OptionalLong.empty(), descriptor.dataFrom((16 << 20) + 1));
        }
    }

    @Test
    void isOpenedOnceMoreWhateverBecameOfItsName() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "first");
        try (FileDescriptor descriptor = FileDescriptor.openForReading(file)) {
            Files.delete(file);
            Files.writeString(file, "second");
            try (FileChannel again = descriptor.reopen()) {
                assertEquals(5, again.size());
            }
        }
    }

    @Test
    void whatCannotBeOpenedIsNamed() {
        Path missing = folder.resolve("missing");
        var failure = assertThrows(LinuxException.class, () -> FileDescriptor.open(missing));
        assertTrue(failure.isErrno(Libc.ENOENT()));
        assertEquals(
                "open(" + missing + ") failed: ENOENT (2): No such file or directory",
                failure.getMessage());
        assertThrows(LinuxException.class, () -> FileDescriptor.open(folder));
    }

    @Test
    void aRequestThatTheFileDoesNotKnowIsNamed() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        try (FileDescriptor descriptor = FileDescriptor.open(file)) {
            Ioctl request = new Ioctl("NO_SUCH_REQUEST", 0xae00);
            var failure = assertThrows(LinuxException.class, () -> descriptor.ioctl(request, 0));
            assertTrue(failure.isErrno(Libc.ENOTTY()), failure::getMessage);
            assertTrue(
                    failure.getMessage().startsWith("NO_SUCH_REQUEST failed: ENOTTY"),
                    failure::getMessage);
            assertEquals(-Libc.ENOTTY(), descriptor.tryIoctl(request, 0));
        }
    }

    @Test
    @SuppressWarnings("try") // use after close is what is tested
    void aClosedOneIsOfNoUse() throws IOException {
        FileDescriptor descriptor = FileDescriptor.open(Files.createFile(folder.resolve("file")));
        descriptor.close();
        descriptor.close();
        assertTrue(descriptor.isClosed());
        assertThrows(IllegalStateException.class, descriptor::number);
        assertThrows(IllegalStateException.class, descriptor::reopen);
        assertThrows(IllegalStateException.class, () -> descriptor.dataFrom(0));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(1);
            assertThrows(IllegalStateException.class, () -> descriptor.read(buffer));
            assertThrows(IllegalStateException.class, () -> descriptor.tryRead(buffer));
            assertThrows(IllegalStateException.class, () -> descriptor.write(buffer));
        }
    }

    /** Had a call gone on with a number that was given away, it would fail with EBADF or count. */
    @Test
    void noCallReachesADescriptorThatIsClosed() {
        for (int round = 0; round < 50; round++) {
            EventFd eventFd = EventFd.create();
            List<CompletableFuture<Void>> users =
                    List.of(useUntilClosed(eventFd), useUntilClosed(eventFd));
            eventFd.close();
            try (EventFd next = EventFd.create()) { // most likely of the same number
                users.forEach(CompletableFuture::join);
                assertEquals(0, next.take());
            }
        }
    }

    private static CompletableFuture<Void> useUntilClosed(EventFd eventFd) {
        CountDownLatch started = new CountDownLatch(1);
        var ended =
                CompletableFuture.runAsync(
                        () -> {
                            started.countDown();
                            assertThrows(
                                    IllegalStateException.class,
                                    () -> {
                                        while (true) {
                                            eventFd.signal();
                                            eventFd.take();
                                        }
                                    });
                        },
                        task -> Thread.ofPlatform().daemon().start(task));
        assertDoesNotThrow(() -> started.await());
        return ended;
    }
}
