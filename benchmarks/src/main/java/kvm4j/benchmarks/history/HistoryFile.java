package kvm4j.benchmarks.history;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * A history as a file of JSON Lines: an accepted result each, of any number of hosts. Lines are
 * appended and never changed, and their order does not matter, so that git's union driver merges
 * two histories ({@code *.jsonl merge=union}).
 *
 * @param file the file
 */
public record HistoryFile(Path file) {

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofMillis(10);

    /**
     * Reads all lines, one at a time: a history may be larger than memory.
     *
     * @param lines gets each line that is not blank
     * @throws NoSuchFileException if there is no such file
     * @throws NotAHistoryException if it is something else
     * @throws IOException if it cannot be read
     */
    public void read(Consumer<Line> lines) throws IOException {
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString());
        }
        requireRegular();
        if (isEmpty()) {
            return;
        }
        LineCensus census = new LineCensus();
        try (InputStream in = Files.newInputStream(file)) {
            LineReader.read(in, census.andThen(lines));
        }
        census.requireHistory(file);
    }

    /** A pipe may never end, nor even open. */
    private void requireRegular() throws NotAHistoryException {
        if (!Files.isRegularFile(file)) {
            throw new NotAHistoryException(file + " is not a regular file");
        }
    }

    /** A file of /proc has no size, and need not end either. */
    private boolean isEmpty() throws IOException {
        return Files.size(file) == 0;
    }

    /**
     * Appends a line, whole or not at all, whoever else appends meanwhile. Makes the file, and the
     * folders that it is in, where there are none.
     *
     * @param accepted the result
     * @return whether it was appended: not, if the same run is there already under the same label
     * @throws NotAHistoryException if the file is something else, which is left as it is
     * @throws IOException if it cannot be written
     */
    public boolean append(Accepted accepted) throws IOException {
        if (Files.exists(file)) {
            requireRegular();
        } else {
            Files.createDirectories(file.toAbsolutePath().getParent());
        }
        try (FileChannel channel =
                        FileChannel.open(
                                file,
                                StandardOpenOption.READ,
                                StandardOpenOption.WRITE,
                                StandardOpenOption.CREATE);
                FileLock _ = lock(channel)) {
            if (contains(channel, accepted)) {
                return false;
            }
            append(channel, Line.format(accepted));
            return true;
        }
    }

    private FileLock lock(FileChannel channel) throws IOException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < deadline) {
            FileLock lock = tryLock(channel);
            if (lock != null) {
                return lock;
            }
            pause();
        }
        throw new FileSystemException(
                file.toString(),
                null,
                "others have held its lock for %d s".formatted(PATIENCE.toSeconds()));
    }

    /** Null if another process, or another thread of this one, has the lock. */
    private static FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException otherThread) {
            return null;
        }
    }

    private static void pause() throws IOException {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while it waited for the history's lock", e);
        }
    }

    private boolean contains(FileChannel channel, Accepted accepted) throws IOException {
        LineCensus census = new LineCensus();
        boolean[] found = {false};
        LineReader.read(
                Channels.newInputStream(channel),
                census.andThen(
                        line ->
                                found[0] |=
                                        line instanceof Line.Result(Accepted known)
                                                && known.repeats(accepted)));
        census.requireHistory(file);
        return found[0];
    }

    /** A line that was cut short, as on a full disk of old, is not to spoil the next. */
    private static void append(FileChannel channel, byte[] line) throws IOException {
        long end = channel.size();
        ByteBuffer last = ByteBuffer.wrap(new byte[] {'\n'});
        channel.read(last.clear(), Math.max(0, end - 1));
        try {
            channel.position(end);
            if (last.get(0) != '\n') {
                write(channel, new byte[] {'\n'});
            }
            write(channel, line);
            channel.force(true);
        } catch (IOException e) {
            channel.truncate(end);
            throw e;
        }
    }

    private static void write(FileChannel channel, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }
}
