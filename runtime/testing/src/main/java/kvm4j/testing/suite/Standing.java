package kvm4j.testing.suite;

import kvm4j.testing.verdict.Verdict;

/** What became of a guest in a suite, as a summary sorts them. */
enum Standing {
    FAILED("❌"),
    FLAKY("⚠️"),
    PASSED("✅"),
    SKIPPED("⚪");

    private final String mark;

    Standing(String mark) {
        this.mark = mark;
    }

    static Standing of(TestResult result) {
        if (result.failed()) {
            return FAILED;
        }
        if (result.flaky()) {
            return FLAKY;
        }
        return result.count(Verdict.Status.PASSED) > 0 ? PASSED : SKIPPED;
    }

    /** What is seen at a glance. */
    String mark() {
        return mark;
    }
}
