package kvm4j.testing.verdict;

import java.util.function.Consumer;

/** The lines that {@code report()} of kvm-unit-tests prints. */
final class KvmUnitTestVerdicts implements VerdictParser {

    @Override
    public boolean accept(String line, Consumer<Verdict> verdicts) {
        int colon = line.indexOf(": ");
        if (colon < 0) {
            return false;
        }
        String name = line.substring(colon + 2);
        Verdict verdict =
                switch (line.substring(0, colon)) {
                    case "PASS" -> new Verdict(name, Verdict.Status.PASSED, "");
                    case "FAIL" -> new Verdict(name, Verdict.Status.FAILED, "");
                    case "SKIP" -> new Verdict(name, Verdict.Status.SKIPPED, "");
                    case "XFAIL" ->
                            new Verdict(name, Verdict.Status.PASSED, "failed, as is expected");
                    case "KFAIL" -> new Verdict(name, Verdict.Status.PASSED, "failed, as is known");
                    case "XPASS" ->
                            new Verdict(name, Verdict.Status.FAILED, "passed, unexpectedly");
                    default -> null;
                };
        if (verdict == null) {
            return false;
        }
        verdicts.accept(verdict);
        return true;
    }

    @Override
    public void end(Consumer<Verdict> verdicts) {}
}
