package kvm4j.linux;

import kvm4j.bindings.libc.Libc;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A mapping of memory into this process: {@code mmap(2)}, undone on {@link #close()}.
 *
 * <p>Any thread may use its segment. Once closed, an access through the segment is an {@link
 * IllegalStateException}; none ever reaches memory that is gone. Where a call in flight holds the
 * memory, of a channel or of the kernel, {@link #close()} leaves it mapped until that call returns,
 * and for a tenth of a second more at most.
 */
public final class Mapping implements AutoCloseable {

    private static final long PAGE = 4096;

    private final Arena arena;
    private final MemorySegment segment;
    private boolean closed;

    private Mapping(String call, long size, int protection, int flags, int fd, long offset) {
        arena = Arena.ofShared();
        try {
            segment = map(call, size, protection, flags, fd, offset);
        } catch (Throwable e) {
            arena.close();
            throw e;
        }
    }

    @SuppressWarnings("restricted") // the segment is as long as the mapping
    private MemorySegment map(
            String call, long size, int protection, int flags, int fd, long offset) {
        long address = SystemCall.call(Libc.SYS_mmap(), 0, size, protection, flags, fd, offset);
        if (address < 0 && address >= -4095) {
            throw new LinuxException(call, (int) -address);
        }
        try {
            return MemorySegment.ofAddress(address)
                    .reinterpret(size, arena, memory -> unmap(memory.address(), size));
        } catch (Throwable e) {
            unmap(address, size);
            throw e;
        }
    }

    private static void unmap(long address, long size) {
        SystemCall.call(Libc.SYS_munmap(), address, size);
    }

    /**
     * Fresh memory, all zero. The kernel finds a page when it is first touched, so that what the
     * guest never uses costs nothing.
     *
     * @param size in bytes, a multiple of 4096
     * @return the mapping
     * @throws IllegalArgumentException if the size is not positive or no multiple of a page
     * @throws LinuxException if the kernel refuses, {@code ENOMEM} where it is too much
     */
    public static Mapping anonymous(long size) {
        return new Mapping(
                "mmap(" + requirePages(size) + " bytes)",
                size,
                Libc.PROT_READ() | Libc.PROT_WRITE(),
                Libc.MAP_PRIVATE() | Libc.MAP_ANONYMOUS() | Libc.MAP_NORESERVE(),
                -1,
                0);
    }

    /**
     * The content of a file or device, shared with whoever else maps it.
     *
     * @param fd the number of an open descriptor; it may be closed afterwards
     * @param offset where in the file, in bytes, a multiple of 4096
     * @param size in bytes, a multiple of 4096
     * @return the mapping
     * @throws IllegalArgumentException if the size is not positive or no multiple of a page
     * @throws LinuxException if the kernel refuses
     */
    public static Mapping shared(int fd, long offset, long size) {
        return new Mapping(
                "mmap(descriptor " + fd + ", " + requirePages(size) + " bytes)",
                size,
                Libc.PROT_READ() | Libc.PROT_WRITE(),
                Libc.MAP_SHARED(),
                fd,
                offset);
    }

    /**
     * The content of a file, of which a page is copied when it is first written: the file never
     * changes by it, and pages that nobody writes are shared with whoever else maps them.
     *
     * @param file open for reading at least; may be closed afterwards
     * @param offset where in the file, in bytes, a multiple of 4096
     * @param size in bytes, a multiple of 4096
     * @return the mapping
     * @throws IllegalArgumentException if the size is not positive or no multiple of a page
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if the file is closed
     */
    public static Mapping copyOnWrite(FileDescriptor file, long offset, long size) {
        return file.during(
                number ->
                        new Mapping(
                                "mmap(" + file.name() + ", " + requirePages(size) + " bytes)",
                                size,
                                Libc.PROT_READ() | Libc.PROT_WRITE(),
                                Libc.MAP_PRIVATE() | Libc.MAP_NORESERVE(),
                                number,
                                offset));
    }

    private static long requirePages(long size) {
        if (size <= 0 || size % PAGE != 0) {
            throw new IllegalArgumentException(
                    "a mapping needs whole pages of " + PAGE + " bytes: " + size);
        }
        return size;
    }

    /**
     * Asks for transparent huge pages: {@code madvise(2)} with {@code MADV_HUGEPAGE}.
     *
     * @throws LinuxException {@code EINVAL} where the kernel has none
     * @throws IllegalStateException if the mapping is closed
     */
    public void adviseHugePages() {
        advise(Libc.MADV_HUGEPAGE(), "MADV_HUGEPAGE");
    }

    /**
     * Keeps the memory out of core dumps: {@code madvise(2)} with {@code MADV_DONTDUMP}.
     *
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if the mapping is closed
     */
    public void excludeFromCoreDumps() {
        advise(Libc.MADV_DONTDUMP(), "MADV_DONTDUMP");
    }

    /**
     * Sets fresh memory of {@link #anonymous} to zero again. Whole pages are given back to the
     * kernel ({@code madvise(2)} with {@code MADV_DONTNEED}), so that zeros cost nothing where
     * nobody wrote.
     *
     * @param offset in the mapping, in bytes
     * @param length in bytes
     * @throws IllegalStateException if the mapping is closed
     * @throws IndexOutOfBoundsException if the range is not in the mapping
     */
    public void clear(long offset, long length) {
        MemorySegment range = segment.asSlice(offset, length);
        long first = offset + PAGE - 1 & -PAGE;
        long end = offset + length & -PAGE;
        boolean discarded =
                first < end
                        && SystemCall.call(
                                        Libc.SYS_madvise(),
                                        segment.asSlice(first, end - first),
                                        end - first,
                                        Libc.MADV_DONTNEED())
                                == 0;
        if (discarded) {
            segment.asSlice(offset, first - offset).fill((byte) 0);
            segment.asSlice(end, offset + length - end).fill((byte) 0);
        } else {
            range.fill((byte) 0);
        }
    }

    private void advise(long advice, String name) {
        long result = SystemCall.call(Libc.SYS_madvise(), segment, segment.byteSize(), advice);
        if (result < 0) {
            throw new LinuxException("madvise(" + name + ")", (int) -result);
        }
    }

    /**
     * The memory.
     *
     * @return a segment as long as the mapping, valid until it is closed
     */
    public MemorySegment segment() {
        return segment;
    }

    /**
     * Unmaps the memory, or lets the end of the calls that hold it do so. Never throws; does
     * nothing the second time.
     */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            ArenaCloser.close(arena);
        }
    }
}
