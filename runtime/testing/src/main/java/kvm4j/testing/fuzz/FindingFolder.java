package kvm4j.testing.fuzz;

import kvm4j.machine.Outcome;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Where inputs of findings are kept, each in a file that is named by what it did and by its
 * SHA-256: {@code crash-}, {@code hang-} or {@code exit-}. What is there is never overwritten.
 *
 * @param path the folder
 */
record FindingFolder(Path path) {

    /**
     * Saves an input, unless it is there already.
     *
     * @return the file
     * @throws UncheckedIOException if it cannot be written
     */
    Path save(byte[] input, Outcome outcome) {
        Path file = path.resolve(kind(outcome) + "-" + sha256(input));
        try {
            Files.createDirectories(path);
            Files.write(file, input, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        } catch (FileAlreadyExistsException known) {
            if (!Files.isRegularFile(file)) {
                throw new UncheckedIOException("cannot save the input as " + file, known);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot save the input as " + file, e);
        }
        return file;
    }

    private static String kind(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Exited _ -> "exit";
            case Outcome.TimeLimitReached _ -> "hang";
            default -> "crash";
        };
    }

    private static String sha256(byte[] input) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(input));
        } catch (NoSuchAlgorithmException everyPlatformHasIt) {
            throw new AssertionError(everyPlatformHasIt);
        }
    }
}
