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
                            Libc.MFD_CLOEXEC() | Libc.MFD_ALLOW_SEALING(),
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
     * How long it is.
     *
     * @return bytes
     */
    public long size() {
        return size;
    }

    /**
     * Maps the whole file. The mapping outlives the file.
     *
     * @return the mapping
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if the file is closed
     */
    public Mapping map() {
        return map(0, size);
    }

    /**
     * Maps a part of the file. The mapping outlives the file.
     *
     * @param offset where it begins, in bytes, a multiple of 4096
     * @param length in bytes, a multiple of 4096
     * @return the mapping
     * @throws IllegalArgumentException if it is not in the file, or no whole pages
     * @throws LinuxException if the kernel refuses; {@code EPERM} if the file is sealed
     * @throws IllegalStateException if the file is closed
     */
    public Mapping map(long offset, long length) {
        if (offset < 0 || length > size - offset) {
            throw new IllegalArgumentException(
                    "%d bytes at 0x%x are not in %s of %d bytes"
                            .formatted(length, offset, descriptor.name(), size));
        }
        return descriptor.during(number -> Mapping.shared(number, offset, length));
    }

    /**
     * Makes it immutable for good: nobody can write to it, or change its size, through any
     * descriptor ({@code fcntl(2)} with {@code F_ADD_SEALS}). It can be mapped by {@link
     * Mapping#copyOnWrite} alone from then on.
     *
     * @throws LinuxException {@code EBUSY} while it is mapped by {@link #map()} somewhere
     * @throws IllegalStateException if the file is closed
     */
    public void seal() {
        int seals =
                Libc.F_SEAL_WRITE()
                        | Libc.F_SEAL_SHRINK()
                        | Libc.F_SEAL_GROW()
                        | Libc.F_SEAL_SEAL();
        long result =
                descriptor.during(
                        number ->
                                SystemCall.call(
                                        SystemCall.FCNTL, number, Libc.F_ADD_SEALS(), seals));
        if (result < 0) {
            throw new LinuxException("F_ADD_SEALS(" + descriptor.name() + ")", (int) -result);
        }
    }

    /** Closes the descriptor. Does nothing the second time. */
    @Override
    public void close() {
        descriptor.close();
    }
}
