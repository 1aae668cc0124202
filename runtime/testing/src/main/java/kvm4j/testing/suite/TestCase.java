package kvm4j.testing.suite;

import kvm4j.testing.GuestSetup;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * One guest of a suite.
 *
 * @param name what reports call it, unlike all others of the suite
 * @param file where it is described: its image, or the list that names it; nothing for a guest of
 *     the catalogue
 * @param setup describes the guest; asked once for each attempt, on the thread that runs it
 * @param skipped why it is not run; nothing if it is
 */
public record TestCase(
        String name, Optional<Path> file, Supplier<GuestSetup> setup, Optional<String> skipped) {

    /**
     * The same under another name.
     *
     * @param newName what reports call it
     * @return a copy
     */
    public TestCase named(String newName) {
        return new TestCase(newName, file, setup, skipped);
    }

    /**
     * The same, but not run.
     *
     * @param reason why not
     * @return a copy
     */
    public TestCase skippedFor(String reason) {
        return new TestCase(name, file, setup, Optional.of(reason));
    }
}
