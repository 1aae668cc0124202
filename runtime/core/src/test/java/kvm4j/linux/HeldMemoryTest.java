package kvm4j.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.bindings.libc.Libc;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/** The kernel gets no memory that it may not touch, and none that goes away while it does. */
@Timeout(60)
class HeldMemoryTest {

    private static final Path ZEROS = Path.of("/dev/zero");

    private static final Ioctl READS_SIXTEEN = new Ioctl("READS_16", 0x4010_ae00L);
    private static final Ioctl WRITES_SIXTEEN = new Ioctl("WRITES_16", 0x8010_ae00L);

    @Test
    void memoryOnTheHeapIsRefused() {
        MemorySegment heap = MemorySegment.ofArray(new byte[100]);
        try (FileDescriptor zeros = FileDescriptor.open(ZEROS)) {
            assertThrows(IllegalArgumentException.class, () -> zeros.read(heap));
            assertThrows(IllegalArgumentException.class, () -> zeros.read(heap, 0));
            assertThrows(IllegalArgumentException.class, () -> zeros.tryRead(heap));
            assertThrows(IllegalArgumentException.class, () -> zeros.write(heap));
            assertThrows(IllegalArgumentException.class, () -> zeros.ioctl(READS_SIXTEEN, heap));
        }
    }

    @Test
    void readOnlyMemoryIsReadAndNeverWritten() {
        try (FileDescriptor zeros = FileDescriptor.open(ZEROS);
                Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(16).fill((byte) 7);
            MemorySegment readOnly = memory.asReadOnly();
            var refused = assertThrows(IllegalArgumentException.class, () -> zeros.read(readOnly));
            assertTrue(refused.getMessage().contains("read-only"), refused::getMessage);
            assertThrows(IllegalArgumentException.class, () -> zeros.read(readOnly, 0));
            assertThrows(IllegalArgumentException.class, () -> zeros.tryRead(readOnly));
            assertThrows(
                    IllegalArgumentException.class, () -> zeros.ioctl(WRITES_SIXTEEN, readOnly));
            assertEquals(7, memory.get(ValueLayout.JAVA_BYTE, 0));
            assertEquals(16, zeros.write(readOnly));
            assertEquals(-Libc.ENOTTY(), zeros.tryIoctl(READS_SIXTEEN, readOnly));
        }
    }

    @Test
    void aStructureThatIsTooShortIsRefused() {
        try (FileDescriptor zeros = FileDescriptor.open(ZEROS);
                Arena arena = Arena.ofConfined()) {
            MemorySegment tooShort = arena.allocate(15);
            var refused =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> zeros.ioctl(WRITES_SIXTEEN, tooShort));
            assertTrue(
                    refused.getMessage().startsWith("WRITES_16 takes a structure of 16 bytes"),
                    refused::getMessage);
        }
    }

    @Test
    void closedMemoryIsRefused() {
        MemorySegment closed;
        try (Arena arena = Arena.ofShared()) {
            closed = arena.allocate(4096);
        }
        try (FileDescriptor zeros = FileDescriptor.open(ZEROS)) {
            assertThrows(IllegalStateException.class, () -> zeros.read(closed));
            assertThrows(IllegalStateException.class, () -> zeros.tryRead(closed));
            assertThrows(IllegalStateException.class, () -> zeros.write(closed));
            assertThrows(IllegalStateException.class, () -> zeros.ioctl(READS_SIXTEEN, closed));
        }
    }

    @Test
    void aClosedMappingsMemoryIsRefusedAlsoOnceItsAddressesAreAnothers() {
        Mapping mapping = Mapping.anonymous(1 << 20);
        MemorySegment closed = mapping.segment();
        mapping.close();
        try (Mapping other = Mapping.anonymous(1 << 20);
                FileDescriptor zeros = FileDescriptor.open(ZEROS)) {
            other.segment().fill((byte) 5);
            assertThrows(IllegalStateException.class, () -> zeros.read(closed));
            assertEquals(5, other.segment().get(ValueLayout.JAVA_BYTE, 0));
        }
    }

    @Test
    void anotherThreadsConfinedMemoryIsRefused() {
        try (Arena arena = Arena.ofConfined();
                FileDescriptor zeros = FileDescriptor.open(ZEROS)) {
            MemorySegment ours = arena.allocate(64);
            CompletableFuture.runAsync(
                            () -> {
                                assertThrows(WrongThreadException.class, () -> zeros.read(ours));
                                assertThrows(WrongThreadException.class, () -> zeros.write(ours));
                            })
                    .join();
        }
    }

    /** A call that was cut short had its memory unmapped under the kernel's feet. */
    @Test
    void noMemoryIsUnmappedUnderTheKernelsFeet() {
        try (FileDescriptor zeros = FileDescriptor.open(ZEROS)) {
            for (int round = 0; round < 100; round++) {
                Mapping mapping = Mapping.anonymous(1 << 20);
                MemorySegment memory = mapping.segment();
                var closed = CompletableFuture.runAsync(mapping::close);
                try {
                    assertEquals(memory.byteSize(), zeros.read(memory));
                } catch (IllegalStateException closedBefore) {
                    assertFalse(memory.scope().isAlive());
                }
                closed.join();
            }
        }
    }

    @Test
    void aMappingThatIsClosedDuringACallIsUnmappedAfterIt() throws Exception {
        try (PseudoTerminal terminal = PseudoTerminal.open();
                FileDescriptor otherEnd = FileDescriptor.open(terminal.path())) {
            Mapping mapping = Mapping.anonymous(1 << 20);
            MemorySegment memory = mapping.segment();
            CompletableFuture<NativeThread> reader = new CompletableFuture<>();
            var read =
                    CompletableFuture.supplyAsync(
                            () -> {
                                reader.complete(NativeThread.current());
                                return otherEnd.read(memory);
                            });
            awaitRead(reader.get());
            mapping.close();
            mapping.close();
            assertTrue(memory.scope().isAlive());
            terminal.output().write("line\n".getBytes());
            assertEquals(5, read.get());
            while (memory.scope().isAlive()) {
                Thread.onSpinWait();
            }
            assertThrows(IllegalStateException.class, () -> memory.get(ValueLayout.JAVA_BYTE, 0));
        }
    }

    /** Until a thread waits in read(2), as /proc tells with the numbers of call and descriptor. */
    private static void awaitRead(NativeThread thread) throws IOException {
        Path call = Path.of("/proc/self/task/" + thread.id() + "/syscall");
        while (!Files.readString(call).startsWith(Libc.SYS_read() + " ")) {
            Thread.onSpinWait();
        }
    }
}
