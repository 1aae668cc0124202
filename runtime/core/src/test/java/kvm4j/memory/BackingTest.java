package kvm4j.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.bindings.libc.Libc;
import kvm4j.linux.FileDescriptor;
import kvm4j.linux.LinuxException;
import kvm4j.linux.MemoryFile;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

class BackingTest {

    private static final long PAGE = GuestMemory.PAGE_SIZE;
    private static final long SIZE = 16 * PAGE;
    private static final long HIGH = 1L << 32;

    /** RAM in two parts, and ROM between them. */
    private static GuestMemory.Builder layout() {
        return GuestMemory.builder().ram(HIGH, 2 * PAGE).rom(SIZE, PAGE).ram(0, SIZE);
    }

    private static GuestMemory fork(MemoryFile file) {
        return layout().backing(new Backing.CopyOnWrite(file)).build();
    }

    @Test
    void isAnonymousUnlessToldOtherwise() {
        try (GuestMemory memory = layout().build()) {
            assertInstanceOf(Backing.Anonymous.class, memory.backing());
        }
    }

    @Test
    @SuppressWarnings("try") // that the mappings outlive the file is what is tested
    void sharedMemoryIsSeenByAllWhoMapIt() {
        try (MemoryFile file = MemoryFile.create("kvm4j-test", SIZE + 3 * PAGE);
                GuestMemory one = layout().backing(new Backing.Shared(file)).build();
                GuestMemory other = layout().backing(new Backing.Shared(file)).build()) {
            file.close();
            one.putInt(4, 1);
            one.putInt(SIZE, 2);
            one.putInt(HIGH + PAGE, 3);
            assertEquals(1, other.getInt(4));
            assertEquals(2, other.getInt(SIZE));
            assertEquals(3, other.getInt(HIGH + PAGE));
            other.fill(0, SIZE, (byte) 0);
            assertEquals(0, one.getInt(4));
        }
    }

    @Test
    void forksGoOnFromTheSamePointEachByItself() {
        try (GuestMemory origin = layout().build()) {
            origin.putInt(4, 1);
            origin.putInt(SIZE, 2);
            origin.putInt(HIGH + PAGE, 3);
            try (MemoryFile file = origin.copyToFile("kvm4j-test");
                    GuestMemory one = fork(file);
                    GuestMemory other = fork(file)) {
                file.seal();
                origin.putInt(4, 10);
                one.putInt(4, 11);
                one.fill(HIGH, 2 * PAGE, (byte) 0);
                assertEquals(10, origin.getInt(4));
                assertEquals(11, one.getInt(4));
                assertEquals(0, one.getInt(HIGH + PAGE));
                assertEquals(1, other.getInt(4));
                assertEquals(2, other.getInt(SIZE));
                assertEquals(3, other.getInt(HIGH + PAGE));
                try (GuestMemory third = fork(file)) {
                    assertEquals(1, third.getInt(4));
                }
            }
        }
    }

    @Test
    void zerosAreHolesInTheFile() throws IOException {
        try (GuestMemory memory = GuestMemory.ofSize(64 << 20)) {
            memory.putByte(1 << 20, (byte) 1);
            memory.fill(2 << 20, 1 << 20, (byte) 0);
            try (MemoryFile file = memory.copyToFile("kvm4j-test")) {
                assertEquals(64 << 20, file.descriptor().size());
                int number = file.descriptor().number();
                String path = "/proc/%d/fd/%d".formatted(ProcessHandle.current().pid(), number);
                Process stat = new ProcessBuilder("stat", "-L", "-c", "%b", path).start();
                String blocks = new String(stat.getInputStream().readAllBytes()).strip();
                assertEquals(PAGE / 512, Long.parseLong(blocks));
            }
        }
    }

    @Test
    void aSealedFileDoesNotChange() {
        try (MemoryFile file = MemoryFile.create("kvm4j-test", SIZE)) {
            try (GuestMemory writer =
                    GuestMemory.builder().ram(SIZE).backing(new Backing.Shared(file)).build()) {
                writer.putInt(0, 1);
                var busy = assertThrows(LinuxException.class, file::seal);
                assertTrue(busy.isErrno(Libc.EBUSY()), busy::getMessage);
            }
            file.seal();
            var refused = assertThrows(LinuxException.class, file::map);
            assertTrue(refused.isErrno(Libc.EPERM()), refused::getMessage);
        }
    }

    @Test
    void aFileOnDiskIsMappedPrivately(@TempDir Path folder) throws IOException {
        Path path = folder.resolve("memory");
        byte[] content = new byte[(int) (3 * PAGE - 10)];
        content[(int) PAGE] = 7;
        Files.write(path, content);
        try (FileDescriptor file = FileDescriptor.openForReading(path);
                GuestMemory memory =
                        GuestMemory.builder()
                                .ram(2 * PAGE)
                                .backing(new Backing.CopyOnWrite(file, PAGE))
                                .build()) {
            assertEquals(7, memory.getByte(0));
            memory.fill(0, 2 * PAGE, (byte) 9);
            assertEquals(9, memory.getByte(2 * PAGE - 1));
        }
        assertArrayEquals(content, Files.readAllBytes(path));
    }

    @Test
    void filesThatAreTooShortAreRefused() {
        try (MemoryFile file = MemoryFile.create("kvm4j-test", SIZE + 2 * PAGE)) {
            GuestMemory.Builder shared = layout().backing(new Backing.Shared(file));
            var refused = assertThrows(IllegalArgumentException.class, shared::build);
            assertEquals(
                    "a file with 73728 bytes of memory cannot stand behind 77824 bytes",
                    refused.getMessage());
            GuestMemory.Builder forked = layout().backing(new Backing.CopyOnWrite(file));
            assertThrows(IllegalArgumentException.class, forked::build);
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new Backing.CopyOnWrite(file.descriptor(), 1));
            assertThrows(IllegalArgumentException.class, () -> file.map(PAGE, SIZE + 2 * PAGE));
        }
    }

    /** What a snapshot does: only pages that changed are copied back. */
    @Test
    void memoryIsRestoredInPlaceFromTheFileItWasCopiedTo() {
        try (GuestMemory memory = layout().build()) {
            memory.putInt(4, 1);
            memory.putInt(HIGH, 2);
            try (MemoryFile file = memory.copyToFile("kvm4j-test");
                    GuestMemory snapshot = fork(file);
                    HostWriteLog log = memory.logHostWrites()) {
                memory.putInt(4, 5);
                memory.fill(HIGH, 2 * PAGE, (byte) 6);
                long pages = log.collect(gpa -> memory.write(gpa, snapshot.slice(gpa, PAGE)));
                assertEquals(3, pages);
                assertEquals(1, memory.getInt(4));
                assertEquals(2, memory.getInt(HIGH));
                assertEquals(0, memory.getInt(HIGH + PAGE));
            }
        }
    }
}
