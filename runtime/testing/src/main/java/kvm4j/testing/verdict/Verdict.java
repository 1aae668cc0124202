package kvm4j.testing.verdict;

import java.util.Objects;

/**
 * What a guest said of one of its own tests.
 *
 * @param name what the guest calls the test; those of a test in a test are joined by {@code /}
 * @param status what came of it
 * @param detail what the guest says besides, in lines; empty if nothing
 */
public record Verdict(String name, Status status, String detail) {

    private static final int LONGEST_NAME = 1000;

    /** What came of a test. */
    public enum Status {
        /** It passed, or failed where its author expects that. */
        PASSED,
        /** It failed, or never came to an end. */
        FAILED,
        /** It was not run, or is not finished yet. */
        SKIPPED
    }

    /** Refuses null. */
    public Verdict {
        Objects.requireNonNull(name);
        Objects.requireNonNull(status);
        Objects.requireNonNull(detail);
    }

    /** {@return what to tell of a test that did not pass: the detail, or words in place of it} */
    public String reason() {
        if (!detail.isBlank()) {
            return detail.strip();
        }
        return status == Status.SKIPPED ? "the guest skipped it" : "the guest reports a failure";
    }

    Verdict within(String parent) {
        String whole = parent + "/" + name;
        return new Verdict(
                whole.substring(0, Math.min(LONGEST_NAME, whole.length())), status, detail);
    }
}
