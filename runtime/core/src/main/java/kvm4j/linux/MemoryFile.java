package kvm4j.linux;

import kvm4j.bindings.libc.Libc;

import java.lang.foreign.Arena;

/**
 * A file that exists in memory alone, to be mapped, and shared with another process by its
 * descriptor: {@code memfd_create(2)}.
 */
public final class MemoryFile implements AutoCloseable {

    private final FileDescriptor descriptor;
    private final long size;

    private MemoryFile(FileDescriptor descriptor, long size) {
        this.descriptor = descriptor;
        this.size = size;
    }

    /**
     * Creates a file of zeros.
     *
     * @param name what {@code /proc} calls it, at most 249 bytes
     * @param size in bytes, a multiple of 4096
     * @return the file
     * @throws LinuxException if the kernel refuses
     */
    public static MemoryFile create(String name, long size) {
        try (Arena arena = Arena.ofConfined()) {
            long fd =
                    SystemCall.call(
                            Libc.SYS_memfd_create(),
                            arena.allocateFrom(name),
                            Libc.MFD_CLOEXEC(),
                            0);
            if (fd < 0) {
                throw new LinuxException("memfd_create(" + name + ")", (int) -fd);
            }
            FileDescriptor descriptor = new FileDescriptor((int) fd, "memory file " + name);
            long result = SystemCall.call(Libc.SYS_ftruncate(), fd, size);
            if (result < 0) {
                descriptor.close();
                throw new LinuxException("ftruncate(" + name + ", " + size + ")", (int) -result);
            }
            return new MemoryFile(descriptor, size);
        }
    }

    /**
     * The descriptor, to hand to another process.
     *
     * @return the descriptor, owned by this file
     */
    public FileDescriptor descriptor() {
        return descriptor;
    }

    /**
     * Maps the whole file. The mapping outlives the file.
     *
     * @return the mapping
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if the file is closed
     */
    public Mapping map() {
        return Mapping.shared(descriptor.number(), 0, size);
    }

    /** Closes the descriptor. Does nothing the second time. */
    @Override
    public void close() {
        descriptor.close();
    }
}
