package kvm4j.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kvm4j.bindings.libc.Libc;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;

/** Machine code hands over every argument, and brings back what the kernel answers. */
class KernelEntryTest {

    /** {@code FIOCLEX} (include/uapi/asm-generic/ioctls.h): a request without an argument. */
    private static final long FIOCLEX = 0x5451;

    @Test
    void theKernelsAnswerIsAResult() {
        assertEquals(ProcessHandle.current().pid(), call(0, 0, 0, 0, 0, 0, Libc.SYS_getpid()));
    }

    @Test
    void theKernelsAnswerIsAnErrorNumber() {
        assertEquals(-Libc.EBADF(), call(-1, 0, 0, 0, 0, 0, Libc.SYS_close()));
        assertEquals(-Libc.ENOSYS(), call(0, 0, 0, 0, 0, 0, 4095));
        assertEquals(-Libc.EBADF(), KernelEntry.ioctl(-1, FIOCLEX, 0));
    }

    private static long call(
            long first, long second, long third, long fourth, long fifth, long sixth, long number) {
        return KernelEntry.call(
                first, second, third, fourth, fifth, sixth, number, MemorySegment.NULL);
    }

    /** The six of {@code mmap(2)}: each of them wrong would be refused, or seen in the memory. */
    @Test
    void allSixArgumentsArrive() throws IOException {
        Path file = Files.createTempFile("kvm4j", "");
        try {
            byte[] content = new byte[3 * 4096];
            content[2 * 4096] = 42;
            Files.write(file, content);
            try (FileDescriptor open = FileDescriptor.openForReading(file)) {
                long address =
                        call(
                                0,
                                4096,
                                Libc.PROT_READ(),
                                Libc.MAP_PRIVATE(),
                                open.number(),
                                2 * 4096,
                                Libc.SYS_mmap());
                assertTrue(address > 0, () -> "mmap answered " + address);
                assertEquals(42, memory(address).get(ValueLayout.JAVA_BYTE, 0));
                assertEquals(0, call(address, 4096, 0, 0, 0, 0, Libc.SYS_munmap()));
            }
        } finally {
            Files.delete(file);
        }
    }

    @SuppressWarnings("restricted") // it was mapped as long as that
    private static MemorySegment memory(long address) {
        return MemorySegment.ofAddress(address).reinterpret(4096);
    }

    @Test
    void memoryThatIsGoneIsNotHandedOver() {
        MemorySegment gone;
        try (Arena arena = Arena.ofConfined()) {
            gone = arena.allocate(8);
        }
        assertThrows(
                IllegalStateException.class,
                () -> KernelEntry.call(0, 0, 0, 0, 0, 0, Libc.SYS_getpid(), gone));
    }

    @Test
    void ioctlHandsItsArgumentsOver() throws IOException {
        Path file = Files.createTempFile("kvm4j", "");
        try (FileDescriptor open = FileDescriptor.openForReading(file)) {
            assertEquals(0, KernelEntry.ioctl(open.number(), FIOCLEX, 0));
            assertEquals(-Libc.ENOTTY(), KernelEntry.ioctl(open.number(), 0x1234_5678L, 0));
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void functionsOfLibcAreCalledAsWell() {
        MemorySegment abs = KernelEntry.libc("abs");
        assertEquals(7, (int) KernelEntry.call(abs, -7, 0, MemorySegment.NULL));
    }
}
