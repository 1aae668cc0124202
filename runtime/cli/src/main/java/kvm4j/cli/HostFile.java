package kvm4j.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;

/** Files of the host that go into a guest. */
final class HostFile {

    private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;

    private HostFile() {}

    /**
     * Reads a file that has to be there.
     *
     * @param name what the user wrote
     * @param limit how large it may be in bytes: the guest's memory
     * @throws Failure if there is none, or it cannot be read
     */
    static byte[] read(String name, long limit) {
        return find(name, limit)
                .orElseThrow(
                        () -> new Failure(ExitStatus.NO_IMAGE, "no such file: '" + name + "'"));
    }

    /**
     * Reads a file.
     *
     * @param name what the user wrote
     * @param limit how large it may be in bytes: the guest's memory
     * @return its contents; nothing if there is no such file
     * @throws Failure if it cannot be read
     */
    static Optional<byte[]> find(String name, long limit) {
        if (name.isEmpty()) {
            return Optional.empty();
        }
        try {
            Path file = Path.of(name);
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            if (attributes.isDirectory()) {
                throw new Failure(ExitStatus.BAD_IMAGE, name + " is a directory, not an image");
            }
            if (attributes.size() > limit) {
                throw tooLarge(name, attributes.size() + " bytes", limit);
            }
            return Optional.of(readStream(name, file, limit));
        } catch (NoSuchFileException | InvalidPathException e) {
            return Optional.empty();
        } catch (AccessDeniedException e) {
            throw new Failure(ExitStatus.NO_PERMISSION, "no permission to read " + name, e);
        } catch (IOException e) {
            throw new Failure(
                    ExitStatus.BAD_IMAGE, "cannot read " + name + ": " + e.getMessage(), e);
        }
    }

    /** Reads a file that need not be a regular one, and may have no end. */
    private static byte[] readStream(String name, Path file, long limit) throws IOException {
        int longest = (int) Math.min(limit, LARGEST_ARRAY - 1);
        try (InputStream input = Files.newInputStream(file)) {
            byte[] bytes = input.readNBytes(longest + 1);
            if (bytes.length > longest) {
                throw tooLarge(name, "more than " + longest + " bytes", limit);
            }
            return bytes;
        }
    }

    private static Failure tooLarge(String name, String size, long limit) {
        return new Failure(
                ExitStatus.BAD_IMAGE,
                "%s has %s, too many for the guest's memory of %s (see --memory)"
                        .formatted(name, size, new MemorySize(limit)));
    }
}
