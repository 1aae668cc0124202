package kvm4j.testing.suite;

import kvm4j.testing.FailureReport;
import kvm4j.testing.verdict.Verdict;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What became of one guest of a suite.
 *
 * @param name the case's name
 * @param tests its tests, of the last attempt; one at least
 * @param duration how long all its attempts took: reading the image, making the machine, running it
 *     and giving it back, but not waiting for a CPU that another guest had
 * @param attempts how often it was run; 0 if it was skipped
 * @param lastFailures the tests that failed in the last attempt that did; none if none did
 * @param report what helps to find out why the last attempt that failed did so; nothing if none did
 */
public record TestResult(
        String name,
        List<Verdict> tests,
        Duration duration,
        int attempts,
        List<Verdict> lastFailures,
        Optional<FailureReport> report) {

    /** Copies the lists. */
    public TestResult {
        tests = List.copyOf(tests);
        lastFailures = List.copyOf(lastFailures);
    }

    /** {@return whether a test failed} */
    public boolean failed() {
        return count(Verdict.Status.FAILED) > 0;
    }

    /** {@return whether it passed, but not at once} */
    public boolean flaky() {
        return attempts > 1 && !failed();
    }

    /**
     * How many tests have a status.
     *
     * @param status which
     * @return how many
     */
    public long count(Verdict.Status status) {
        return tests.stream().filter(test -> test.status() == status).count();
    }

    /**
     * The tests with a status.
     *
     * @param status which
     * @return the tests, in the guest's order
     */
    public List<Verdict> tests(Verdict.Status status) {
        return tests.stream().filter(test -> test.status() == status).toList();
    }
}
