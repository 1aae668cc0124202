package kvm4j.junit;

import kvm4j.testing.DistinctNames;
import kvm4j.testing.FailureReport;
import kvm4j.testing.FinishedGuest;
import kvm4j.testing.GuestImages;
import kvm4j.testing.GuestSetup;
import kvm4j.testing.Judgement;
import kvm4j.testing.ReadableText;
import kvm4j.testing.verdict.Verdict;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.opentest4j.AssertionFailedError;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
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
        FailureReport report;
        try (FinishedGuest guest = setup.run()) {
            tests = Judgement.of(guest).tests();
            report = guest.failureReport();
        }
        Optional<Verdict> first =
                tests.stream().filter(test -> test.status() == Verdict.Status.FAILED).findFirst();
        DistinctNames names = new DistinctNames();
        return tests.stream()
                .map(
                        test ->
                                DynamicTest.dynamicTest(
                                        names.next(name(setup, test)),
                                        () ->
                                                requirePassed(
                                                        test, () -> told(report, test, first))));
    }

    /** Surefire's XML has no other place for the guest: all would have a test "ends well". */
    private static String name(GuestSetup setup, Verdict test) {
        return ReadableText.of(Path.of(setup.name()).getFileName() + ": " + test.name());
    }

    /** All of it with the first that failed: a hundred times would be too much to read. */
    private static String told(FailureReport report, Verdict test, Optional<Verdict> first) {
        return first.filter(one -> one != test)
                .map(one -> report.summary() + "more: see " + one.name() + "\n")
                .orElseGet(report::text);
    }

    private static void requirePassed(Verdict test, Supplier<String> report) {
        switch (test.status()) {
            case PASSED -> {}
            case SKIPPED -> Assumptions.abort(ReadableText.of(test.reason()));
            case FAILED -> {
                AssertionFailedError failure =
                        new AssertionFailedError(
                                ReadableText.of(test.name() + ": " + test.reason()));
                failure.addSuppressed(new GuestReport(report.get()));
                throw failure;
            }
        }
    }
}
