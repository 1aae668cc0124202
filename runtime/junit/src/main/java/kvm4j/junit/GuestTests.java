package kvm4j.junit;

import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import kvm4j.testing.DistinctNames;
import kvm4j.testing.FailureReport;
import kvm4j.testing.FinishedGuest;
import kvm4j.testing.GuestSetup;
import kvm4j.testing.HostKvm;
import kvm4j.testing.Judgement;
import kvm4j.testing.ReadableText;
import kvm4j.testing.suite.Discovery;
import kvm4j.testing.suite.TestCase;
import kvm4j.testing.verdict.Verdict;

import org.junit.jupiter.api.Assumptions;
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
     * All images in a folder, or what its {@code unittests.cfg} of kvm-unit-tests names: those that
     * {@code kvm4j test} finds there, with their side-cars, arguments and reasons to be skipped.
     *
     * @param folder the folder, in which others are not looked into; or such a list
     * @param preparation changes each guest's description, in the end
     * @return a container for each image or section, in the order of their names or of the list
     * @throws java.io.UncheckedIOException if the folder cannot be read
     * @throws IllegalArgumentException if there is nothing to test, which would pass else, or a
     *     side-car is not as it has to be
     */
    public static Stream<DynamicNode> in(Path folder, Consumer<GuestSetup> preparation) {
        List<TestCase> cases = discovery(preparation).in(folder);
        if (cases.isEmpty()) {
            throw new IllegalArgumentException("there is no image to test in '" + folder + "'");
        }
        return cases.stream().map(GuestTests::of);
    }

    /**
     * One image, with its side-car if it has one.
     *
     * @param file the image
     * @param preparation changes the guest's description, in the end
     * @return a container
     * @throws IllegalArgumentException if the side-car is not as it has to be
     */
    public static DynamicNode of(Path file, Consumer<GuestSetup> preparation) {
        return of(discovery(preparation).image(file));
    }

    private static Discovery discovery(Consumer<GuestSetup> preparation) {
        return new Discovery(HostKvm.device(), _ -> {}, preparation);
    }

    /**
     * One guest.
     *
     * @param setup the guest
     * @return a container
     */
    public static DynamicNode of(GuestSetup setup) {
        String name = setup.name();
        String last = name.substring(name.lastIndexOf('/') + 1);
        return of(
                new TestCase(
                        last.isBlank() ? "guest" : last,
                        Optional.empty(),
                        () -> setup,
                        Optional.empty()));
    }

    private static DynamicNode of(TestCase one) {
        return dynamicContainer(
                ReadableText.of(one.name()),
                one.file().map(Path::toUri).orElse(null),
                Stream.of(one).flatMap(GuestTests::tests));
    }

    private static Stream<DynamicTest> tests(TestCase one) {
        return one.skipped()
                .map(reason -> new Verdict(Judgement.END, Verdict.Status.SKIPPED, reason))
                .map(test -> Stream.of(dynamicTest(name(one, test.name()), () -> skip(test))))
                .orElseGet(() -> verdicts(one));
    }

    private static Stream<DynamicTest> verdicts(TestCase one) {
        List<Verdict> tests;
        FailureReport report;
        try (FinishedGuest guest = one.setup().get().run()) {
            tests = Judgement.of(guest).tests();
            report = guest.failureReport();
        } catch (RuntimeException e) {
            return Stream.of(
                    dynamicTest(
                            name(one, Judgement.START),
                            () -> {
                                throw e;
                            }));
        }
        Optional<Verdict> first =
                tests.stream().filter(test -> test.status() == Verdict.Status.FAILED).findFirst();
        DistinctNames names = new DistinctNames();
        return tests.stream()
                .map(
                        test ->
                                dynamicTest(
                                        names.next(name(one, test.name())),
                                        () ->
                                                requirePassed(
                                                        test, () -> told(report, test, first))));
    }

    /** Surefire's XML has no other place for the guest: all would have a test "ends well". */
    private static String name(TestCase one, String test) {
        return ReadableText.of(one.name() + ": " + test);
    }

    private static void skip(Verdict test) {
        Assumptions.abort(ReadableText.of(test.reason()));
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
            case SKIPPED -> skip(test);
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
