package kvm4j.testing.suite;

import kvm4j.testing.verdict.Verdict;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What became of one guest of a suite.
 *
 * @param name the case's name
 * @param tests its tests, of the last attempt; one at least
 * @param duration how long the guest ran in all its attempts
 * @param attempts how often it was run; 0 if it was skipped
 * @param report what helps to find out why the last attempt that failed did so; nothing if none did
 */
public record TestResult(
        String name,
        List<Verdict> tests,
        Duration duration,
        int attempts,
        Optional<String> report) {

    /** Copies the list. */
    public TestResult {
        tests = List.copyOf(tests);
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
}
