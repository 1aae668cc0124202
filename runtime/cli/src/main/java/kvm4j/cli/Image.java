package kvm4j.cli;

import kvm4j.guests.Guest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;

/**
 * An image that a user named.
 *
 * @param name as the user wrote it
 * @param bytes what it holds
 * @param guest the guest of the catalogue that it is, if it is one
 */
record Image(String name, byte[] bytes, Optional<Guest> guest) {

    private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;

    /**
     * Finds an image: a guest of the catalogue or, where none has the name, a file.
     *
     * @param name what the user wrote
     * @param limit how large a file may be in bytes
     * @throws Failure if there is none, or it cannot be read
     */
    static Image find(String name, long limit) {
        Optional<Guest> guest = Guest.find(name);
        return guest.isPresent()
                ? new Image(name, guest.get().image(), guest)
                : new Image(name, readFile(name, limit), Optional.empty());
    }

    private static byte[] readFile(String name, long limit) {
        if (name.isEmpty()) {
            throw missing(name);
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
            return readStream(name, file, limit);
        } catch (NoSuchFileException | InvalidPathException e) {
            throw missing(name);
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

    private static Failure missing(String name) {
        return new Failure(
                ExitStatus.NO_IMAGE,
                "no such image: '" + name + "' is neither a file nor one of: kvm4j guests");
    }
}
