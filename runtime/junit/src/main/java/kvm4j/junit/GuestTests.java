package kvm4j.junit;

import kvm4j.testing.FinishedGuest;
import kvm4j.testing.GuestImages;
import kvm4j.testing.GuestSetup;
import kvm4j.testing.Judgement;
import kvm4j.testing.verdict.Verdict;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.opentest4j.AssertionFailedError;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Makes a container of each image and in it a test of each verdict that the image prints, for
 * methods with {@link org.junit.jupiter.api.TestFactory}.
 *
 * {@snippet :
 * @TestFactory
 * @RequiresKvm
 * Stream<DynamicNode> kernels() {
 *     return GuestTests.in(Path.of("target/kernels"), guest -> guest.qemuExit());
 * }
 * }
 */
public final class GuestTests {

    private GuestTests() {}

    /**
     * All images in a folder.
     *
     * @param folder the folder; those in it are not looked into
     * @param preparation changes each guest's description
     * @return a container for each image, in the order of their names
     * @throws java.io.UncheckedIOException if the folder cannot be read
     */
    public static Stream<DynamicNode> in(Path folder, Consumer<GuestSetup> preparation) {
        return GuestImages.in(folder).stream().map(file -> of(file, preparation));
    }

    /**
     * One image.
     *
     * @param file the image
     * @param preparation changes the guest's description
     * @return a container
     */
    public static DynamicNode of(Path file, Consumer<GuestSetup> preparation) {
        return DynamicContainer.dynamicContainer(
                file.getFileName().toString(),
                file.toUri(),
                Stream.of(file).flatMap(image -> tests(image, preparation)));
    }

    /**
     * One guest.
     *
     * @param setup the guest
     * @return a container
     */
    public static DynamicNode of(GuestSetup setup) {
        return DynamicContainer.dynamicContainer(
                setup.name(), Stream.of(setup).flatMap(GuestTests::tests));
    }

    private static Stream<DynamicTest> tests(Path image, Consumer<GuestSetup> preparation) {
        GuestSetup setup = GuestSetup.of(image);
        preparation.accept(setup);
        return tests(setup);
    }

    private static Stream<DynamicTest> tests(GuestSetup setup) {
        List<Verdict> tests;
        String report;
        try (FinishedGuest guest = setup.run()) {
            tests = Judgement.of(guest).tests();
            report = guest.report();
        }
        return tests.stream()
                .map(
                        test ->
                                DynamicTest.dynamicTest(
                                        test.name(), () -> requirePassed(test, report)));
    }

    private static void requirePassed(Verdict test, String report) {
        switch (test.status()) {
            case PASSED -> {}
            case SKIPPED ->
                    Assumptions.abort(
                            test.detail().isEmpty() ? "the guest skipped it" : test.detail());
            case FAILED -> {
                String what =
                        test.detail().isEmpty() ? "the guest reports a failure" : test.detail();
                AssertionFailedError failure = new AssertionFailedError(test.name() + ": " + what);
                failure.addSuppressed(new GuestReport(report));
                throw failure;
            }
        }
    }
}
