package kvm4j.testing.suite;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A file of some lines that says something of a suite: beside an image, or one of /proc or /sys.
 * Some of those are regular files whose end never comes.
 */
final class ShortFile {

    /** What is longer is something else, in bytes. */
    static final int LONGEST = 1 << 20;

    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private ShortFile() {}

    /**
     * Reads it.
     *
     * @param file a regular file
     * @return its text, in which what is no UTF-8 is replaced
     * @throws IOException if it is none, is longer than {@value #LONGEST} bytes, cannot be read, or
     *     not within a second
     */
    static String read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw failure(file, "it is no regular file");
        }
        FutureTask<String> reading = new FutureTask<>(() -> text(file));
        Thread.ofPlatform().name("kvm4j-files").daemon().start(reading);
        try {
            return reading.get(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw failure(file, "it does not come to its end");
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException known ? known : new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure(file, "interrupted");
        } finally {
            reading.cancel(true); // which closes the channel
        }
    }

    private static String text(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            ByteBuffer bytes = ByteBuffer.allocate(LONGEST + 1);
            while (bytes.hasRemaining() && channel.read(bytes) > 0) {
                // until all is there
            }
            if (!bytes.hasRemaining()) {
                throw failure(file, "it has more than " + LONGEST + " bytes");
            }
            return StandardCharsets.UTF_8.decode(bytes.flip()).toString();
        }
    }

    private static IOException failure(Path file, String reason) {
        return new FileSystemException(file.toString(), null, reason);
    }
}
