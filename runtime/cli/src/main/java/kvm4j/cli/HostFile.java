package kvm4j.cli;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;

/**
 * Files of the host that go into a guest. They are mapped, and unmapped when nobody needs them any
 * more; what is no regular file, such as a pipe, is read.
 */
final class HostFile {

    private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;

    private HostFile() {}

    /**
     * Opens a file that has to be there, and has to fit into the guest.
     *
     * @param name what the user wrote
     * @param limit how large it may be in bytes: the guest's memory
     * @throws Failure if there is none, or it cannot be read
     */
    static MemorySegment read(String name, long limit) {
        MemorySegment contents = find(name, limit).orElseThrow(() -> missing(name));
        requireWithin(name, contents, limit);
        return contents;
    }

    /**
     * Opens a file.
     *
     * @param name what the user wrote
     * @param limit how much to read at most, in bytes, of what cannot be mapped
     * @return its contents; nothing if there is no such file
     * @throws Failure if it cannot be read
     */
    static Optional<MemorySegment> find(String name, long limit) {
        if (name.isEmpty()) {
            return Optional.empty();
        }
        try {
            Path file = Path.of(name);
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            if (attributes.isDirectory()) {
                throw new Failure(ExitStatus.BAD_IMAGE, name + " is a directory, not an image");
            }
            // The files of /proc and /sys have no size, and cannot be mapped.
            return Optional.of(
                    attributes.isRegularFile() && attributes.size() > 0
                            ? map(file)
                            : readStream(name, file, limit));
        } catch (NoSuchFileException | InvalidPathException e) {
            return Optional.empty();
        } catch (AccessDeniedException e) {
            throw new Failure(ExitStatus.NO_PERMISSION, "no permission to read " + name, e);
        } catch (IOException e) {
            throw new Failure(
                    ExitStatus.BAD_IMAGE, "cannot read " + name + ": " + e.getMessage(), e);
        }
    }

    private static MemorySegment map(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            return channel.map(MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
        }
    }

    /** Reads a file that may have no end. */
    private static MemorySegment readStream(String name, Path file, long limit) throws IOException {
        int longest = (int) Math.min(limit, LARGEST_ARRAY - 1);
        try (InputStream input = Files.newInputStream(file)) {
            byte[] bytes = input.readNBytes(longest + 1);
            if (bytes.length > longest) {
                throw tooLarge(name, "more than " + longest + " bytes", limit);
            }
            return MemorySegment.ofArray(bytes);
        }
    }

    /**
     * Makes sure that a file is no larger than the guest.
     *
     * @throws Failure if it is
     */
    static void requireWithin(String name, MemorySegment contents, long limit) {
        if (contents.byteSize() > limit) {
            throw tooLarge(name, contents.byteSize() + " bytes", limit);
        }
    }

    /** For a file that is not there. */
    static Failure missing(String name) {
        return new Failure(ExitStatus.NO_IMAGE, "no such file: '" + name + "'");
    }

    private static Failure tooLarge(String name, String size, long limit) {
        return new Failure(
                ExitStatus.BAD_IMAGE,
                "%s has %s, too many for the guest's memory of %s (see --memory)"
                        .formatted(name, size, new MemorySize(limit)));
    }
}
