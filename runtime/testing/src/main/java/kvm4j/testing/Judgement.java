package kvm4j.testing;

import kvm4j.testing.verdict.Verdict;

import java.util.ArrayList;
import java.util.List;

/**
 * What a run of a guest says about it, as tests: one for each verdict that it printed. If it
 * printed none, or did not end as it had to and has no failure that says why, its end is a test
 * too.
 *
 * @param tests one at least
 */
public record Judgement(List<Verdict> tests) {

    /** The name of the test that is the guest's end. */
    public static final String END = "ends well";

    /** The name of the test that is the guest's start, where it does not. */
    public static final String START = "starts";

    /** Copies the list. */
    public Judgement {
        tests = List.copyOf(tests);
    }

    /**
     * Judges a guest.
     *
     * @param guest the guest
     * @return the judgement
     */
    public static Judgement of(FinishedGuest guest) {
        List<Verdict> tests = new ArrayList<>(guest.verdicts());
        boolean explained = failed(tests);
        if (guest.endedWell()) {
            if (tests.isEmpty()) {
                tests.add(new Verdict(END, Verdict.Status.PASSED, guest.outcome().describe()));
            }
        } else if (guest.saysSkipped()) {
            if (tests.isEmpty()) {
                tests.add(new Verdict(END, Verdict.Status.SKIPPED, "the guest skipped all"));
            }
        } else if (!explained || !guest.exited()) {
            tests.add(
                    new Verdict(
                            END,
                            Verdict.Status.FAILED,
                            guest.outcome().describe() + "; expected: " + guest.expectedEnd()));
        }
        return new Judgement(tests);
    }

    /** {@return whether no test failed} */
    public boolean passed() {
        return !failed(tests);
    }

    private static boolean failed(List<Verdict> tests) {
        return tests.stream().anyMatch(test -> test.status() == Verdict.Status.FAILED);
    }
}
