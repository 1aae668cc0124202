package kvm4j.cli;

import java.nio.file.Path;

/** The name of a file, as users write it. */
final class FileName {

    private FileName() {}

    /**
     * Reads it. Nothing at all, as a variable has that was not set, would name the working
     * directory.
     *
     * @throws IllegalArgumentException if it is empty
     */
    static Path parse(String text) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("'' names no file");
        }
        return Path.of(text);
    }
}
