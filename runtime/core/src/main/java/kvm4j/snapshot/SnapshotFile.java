package kvm4j.snapshot;

import kvm4j.linux.FileDescriptor;
import kvm4j.linux.LinuxException;

import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.zip.CRC32C;

/**
 * A snapshot in a file. All numbers are big-endian.
 *
 * <table>
 * <caption>Its parts</caption>
 * <tr><th>at</th><th>bytes</th><th></th></tr>
 * <tr><td>0</td><td>8</td><td>{@code KVM4JSNP}</td></tr>
 * <tr><td>8</td><td>4</td><td>the format's version, {@value #VERSION}</td></tr>
 * <tr><td>12</td><td>4</td><td>how long the state is</td></tr>
 * <tr><td>16</td><td>4</td><td>how many extents there are</td></tr>
 * <tr><td>20</td><td>8</td><td>where memory begins, a multiple of 4096</td></tr>
 * <tr><td>28</td><td>8</td><td>how long memory is, a multiple of 4096</td></tr>
 * <tr><td>36</td><td>4</td><td>CRC-32C of the state and the extents</td></tr>
 * <tr><td>40</td><td>4</td><td>CRC-32C of the 40 bytes before</td></tr>
 * <tr><td>44</td><td></td><td>the {@link MachineState}, each record as its parts by name</td></tr>
 * <tr><td></td><td>16 each</td><td>the extents, in order: pages of memory that are not all zero;
 *     the first page (8 bytes), how many (4), and their CRC-32C</td></tr>
 * <tr><td></td><td></td><td>memory, region behind region; what is in no extent is a hole, all
 *     zero</td></tr>
 * </table>
 */
public final class SnapshotFile {

    /** The version of the format that is written and read. */
    public static final int VERSION = 1;

    private static final long MAGIC = 0x4b564d344a534e50L;
    private static final int HEADER = 44;
    private static final int EXTENT = 16;
    private static final int PAGE = 4096;

    /** Extents are a MiB at most, so that many of them can be read at once. */
    private static final int LONGEST_EXTENT = 256;

    /** Pages of memory that follow one another. */
    private record PageRun(long page, int pages) {

        long offset() {
            return page * PAGE;
        }

        int length() {
            return pages * PAGE;
        }
    }

    private record Extent(PageRun run, int checksum) {}

    /** Pages that are in no extent, up to the one before {@code end}. */
    private record Gap(long start, long end) {}

    private final Path path;
    private final MachineState state;
    private final long memoryOffset;
    private final List<Extent> extents;

    private SnapshotFile(Path path, MachineState state, long memoryOffset, List<Extent> extents) {
        this.path = path;
        this.state = state;
        this.memoryOffset = memoryOffset;
        this.extents = extents;
    }

    /**
     * Writes a snapshot. Who reads the file meanwhile finds what was there before, and so does who
     * reads it after a power failure: its content is on its disk before it has the name ({@code
     * fsync(2)}), and the name when this returns, where the file system lets folders be forced.
     *
     * @param path where to, as {@link #place} takes it
     * @param state all but memory
     * @param memory what is in memory, region behind region
     * @param pages the pages of memory that are not all zero, by their number
     * @throws IOException if it cannot be written
     * @throws SnapshotException if a device's state is such that no file can hold it
     */
    public static void write(Path path, MachineState state, MemorySegment memory, BitSet pages)
            throws IOException {
        byte[] description = RecordWriter.write(state);
        Path place = place(path);
        Path draft = Files.createTempFile(place.getParent(), ".kvm4j-", ".snapshot");
        try {
            try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
                write(channel, description, memory, runs(pages));
                channel.force(true);
            } catch (InternalError gone) {
                throw new IOException("the file that the memory is of has become shorter", gone);
            }
            Files.move(draft, place, StandardCopyOption.ATOMIC_MOVE);
            forceName(place.getParent());
        } finally {
            Files.deleteIfExists(draft);
        }
    }

    /** Not every file system can: the file is there, as far as it ever is on such a one. */
    private static void forceName(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException refused) {
            LoggerFactory.getLogger(SnapshotFile.class)
                    .debug("{} cannot be forced to its disk", folder, refused);
        }
    }

    /**
     * Where a snapshot is going to be. What is there is replaced, which nobody means of a device or
     * of a pipe; of a link it is the file that it leads to.
     *
     * @param path where somebody wants it
     * @return the path of a file, or of none yet, in a folder that is there
     * @throws FileSystemException if there is something other than a file, or no such folder
     * @throws IOException if that cannot be found out
     */
    public static Path place(Path path) throws IOException {
        Path place = Files.exists(path) ? path.toRealPath() : path.toAbsolutePath();
        if (Files.exists(place) && !Files.isRegularFile(place)) {
            throw new FileSystemException(path.toString(), null, "it is no regular file");
        }
        if (!Files.isDirectory(place.getParent())) {
            throw new FileSystemException(path.toString(), null, "there is no such folder");
        }
        return place;
    }

    private static List<PageRun> runs(BitSet pages) {
        List<PageRun> runs = new ArrayList<>();
        for (int start = pages.nextSetBit(0); start >= 0; ) {
            int end = Math.min(pages.nextClearBit(start), start + LONGEST_EXTENT);
            runs.add(new PageRun(start, end - start));
            start = pages.nextSetBit(end);
        }
        return runs;
    }

    private static int checksum(MemorySegment content) {
        CRC32C crc = new CRC32C();
        crc.update(content.asByteBuffer());
        return (int) crc.getValue();
    }

    /**
     * Memory may be a file's, which somebody may cut off: to copy it is an {@link InternalError}
     * then, where the instructions of {@link CRC32C} would end Java.
     */
    private static void write(
            FileChannel channel, byte[] description, MemorySegment memory, List<PageRun> runs)
            throws IOException {
        ByteBuffer table = ByteBuffer.allocate(description.length + runs.size() * EXTENT);
        table.put(description);
        long start = roundUp((long) HEADER + table.capacity());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate((long) LONGEST_EXTENT * PAGE);
            for (PageRun run : runs) {
                MemorySegment content = buffer.asSlice(0, run.length());
                content.copyFrom(memory.asSlice(run.offset(), run.length()));
                writeFully(channel, content.asByteBuffer(), start + run.offset());
                table.putLong(run.page).putInt(run.pages).putInt(checksum(content));
            }
        }
        ByteBuffer header = ByteBuffer.allocate(HEADER);
        header.putLong(MAGIC).putInt(VERSION).putInt(description.length).putInt(runs.size());
        header.putLong(start).putLong(memory.byteSize());
        header.putInt(checksum(MemorySegment.ofArray(table.array())));
        header.putInt(checksum(MemorySegment.ofArray(header.array()).asSlice(0, HEADER - 4)));
        writeFully(channel, header.flip(), 0);
        writeFully(channel, table.flip(), HEADER);
        long end = start + memory.byteSize();
        if (channel.size() < end) {
            writeFully(channel, ByteBuffer.allocate(1), end - 1);
        }
    }

    private static void writeFully(FileChannel channel, ByteBuffer content, long position)
            throws IOException {
        long at = position;
        while (content.hasRemaining()) {
            at += channel.write(content, at);
        }
    }

    private static long roundUp(long size) {
        return (size + PAGE - 1) / PAGE * PAGE;
    }

    /**
     * Reads all but what is in memory, which is read when a machine needs it.
     *
     * @param path the file
     * @return what it holds
     * @throws IOException if it cannot be read
     * @throws SnapshotException if it is no snapshot of this version, is cut off, or is damaged
     *     before its memory
     */
    public static SnapshotFile read(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            return read(path, channel);
        }
    }

    /**
     * Whether a file begins like a snapshot.
     *
     * @param path the file
     * @return whether it does; {@link #read} tells whether it is one
     * @throws IOException if it cannot be read
     */
    public static boolean isSnapshot(Path path) throws IOException {
        if (!Files.isRegularFile(path)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            ByteBuffer header = readFully(channel, 0, Long.BYTES);
            return header.remaining() == Long.BYTES && header.getLong() == MAGIC;
        }
    }

    /**
     * Reads all but what is in memory of a file that is open.
     *
     * @param path what messages call it, and where {@link #verify} finds it
     * @param channel the file, open for reading; stays open
     * @return what it holds
     * @throws IOException as {@link #read(Path)} throws it
     * @throws SnapshotException as {@link #read(Path)} throws it
     */
    public static SnapshotFile read(Path path, FileChannel channel) throws IOException {
        ByteBuffer header = readFully(channel, 0, HEADER);
        if (header.remaining() < Long.BYTES || header.getLong(0) != MAGIC) {
            throw new SnapshotException(path + " is not a snapshot");
        }
        require(path, header.remaining() == HEADER);
        MemorySegment bytes = MemorySegment.ofArray(header.array());
        if (header.getInt(8) != VERSION) {
            throw new SnapshotException(
                    "%s has version %d of the format, not %d"
                            .formatted(path, header.getInt(8), VERSION));
        }
        require(path, header.getInt(HEADER - 4) == checksum(bytes.asSlice(0, HEADER - 4)));
        int stateLength = header.getInt(12);
        int count = header.getInt(16);
        long start = header.getLong(20);
        long size = header.getLong(28);
        require(path, stateLength >= 0 && count >= 0 && start % PAGE == 0 && size % PAGE == 0);
        require(path, size > 0 && start > 0 && channel.size() - start >= size);
        long tableLength = stateLength + (long) count * EXTENT;
        require(path, tableLength <= start - HEADER);
        ByteBuffer table = readFully(channel, HEADER, Math.toIntExact(tableLength));
        require(path, table.remaining() == tableLength);
        require(path, header.getInt(36) == checksum(MemorySegment.ofArray(table.array())));
        byte[] description = new byte[stateLength];
        table.get(description);
        MachineState state = RecordReader.read(MachineState.class, description);
        require(path, state.hardware().memorySize() == size);
        return new SnapshotFile(path, state, start, extents(path, table, size / PAGE));
    }

    private static List<Extent> extents(Path path, ByteBuffer table, long pages) {
        List<Extent> extents = new ArrayList<>();
        long end = 0;
        while (table.hasRemaining()) {
            PageRun run = new PageRun(table.getLong(), table.getInt());
            require(path, run.page >= end && run.page < pages);
            require(path, run.pages > 0 && run.pages <= LONGEST_EXTENT);
            end = run.page + run.pages;
            require(path, end <= pages);
            extents.add(new Extent(run, table.getInt()));
        }
        return extents;
    }

    private static ByteBuffer readFully(FileChannel channel, long position, int length)
            throws IOException {
        ByteBuffer buffer =
                ByteBuffer.allocate((int) Math.min(length, Math.max(0, channel.size() - position)));
        return readFully(channel, position, buffer);
    }

    private static ByteBuffer readFully(FileChannel channel, long position, ByteBuffer buffer)
            throws IOException {
        while (buffer.hasRemaining() && channel.read(buffer, position + buffer.position()) > 0) {
            // until all is there
        }
        return buffer.flip();
    }

    private static void require(Path path, boolean sound) {
        if (!sound) {
            throw new SnapshotException(path + " is damaged or cut off");
        }
    }

    /**
     * All but memory.
     *
     * @return the state
     */
    public MachineState state() {
        return state;
    }

    /**
     * Where in the file memory is.
     *
     * @return the offset of its first byte, a multiple of 4096
     */
    public long memoryOffset() {
        return memoryOffset;
    }

    /**
     * Which pages of memory are not all zero.
     *
     * @return their numbers, for the caller to change
     */
    public BitSet pages() {
        BitSet pages = new BitSet();
        extents.forEach(
                extent -> {
                    int first = Math.toIntExact(extent.run.page);
                    pages.set(first, first + extent.run.pages);
                });
        return pages;
    }

    /**
     * Reads all of the file that is there now, and holds its memory against its checksums. What is
     * in no extent has to be zero.
     *
     * @throws IOException if the file cannot be read
     * @throws SnapshotException if it is damaged, or was cut off meanwhile
     */
    public void verify() throws IOException {
        try (FileDescriptor file = FileDescriptor.openForReading(path);
                FileChannel channel = file.reopen()) {
            read(path, channel).verify(file, channel);
        } catch (LinuxException unreadable) {
            throw new IOException(unreadable.getMessage(), unreadable);
        }
    }

    private void verify(FileDescriptor file, FileChannel channel) throws IOException {
        long size = state.hardware().memorySize();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate((long) LONGEST_EXTENT * PAGE);
            long next = 0;
            for (Extent extent : extents) {
                verifyHole(file, channel, new Gap(next, extent.run.page), buffer);
                MemorySegment content = read(channel, extent.run, buffer);
                requireMemory(extent.run, checksum(content) == extent.checksum);
                next = extent.run.page + extent.run.pages;
            }
            verifyHole(file, channel, new Gap(next, size / PAGE), buffer);
        }
        require(path, channel.size() - memoryOffset >= size);
    }

    /**
     * What is in no extent has no checksum, as it is known what it is. Who copied the file may have
     * made zeros of its holes; where there are holes still, nothing has to be read.
     */
    private void verifyHole(FileDescriptor file, FileChannel channel, Gap gap, MemorySegment buffer)
            throws IOException {
        long page = nextWritten(file, gap.start);
        while (page < gap.end) {
            PageRun run = new PageRun(page, (int) Math.min(LONGEST_EXTENT, gap.end - page));
            requireMemory(run, isZero(read(channel, run, buffer)));
            page = nextWritten(file, page + run.pages);
        }
    }

    /** The first page from one on that the file has something for. */
    private long nextWritten(FileDescriptor file, long page) {
        OptionalLong at = file.dataFrom(memoryOffset + page * PAGE);
        return at.isPresent() ? (at.getAsLong() - memoryOffset) / PAGE : Long.MAX_VALUE;
    }

    private static boolean isZero(MemorySegment content) {
        return content.get(ValueLayout.JAVA_BYTE, 0) == 0
                && MemorySegment.mismatch(
                                content, 0, content.byteSize() - 1, content, 1, content.byteSize())
                        < 0;
    }

    private MemorySegment read(FileChannel channel, PageRun run, MemorySegment buffer)
            throws IOException {
        MemorySegment content = buffer.asSlice(0, run.length());
        ByteBuffer bytes = readFully(channel, positionOf(run), content.asByteBuffer());
        requireMemory(run, bytes.remaining() == run.length());
        return content;
    }

    private long positionOf(PageRun run) {
        return memoryOffset + run.offset();
    }

    private void requireMemory(PageRun run, boolean sound) {
        if (!sound) {
            throw new SnapshotException(
                    "%s is damaged in its memory, from byte 0x%x on"
                            .formatted(path, positionOf(run)));
        }
    }
}
