package kvm4j.testing.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;

/** A case that fails to be described leaves the others theirs. */
class BrokenCaseTest {

    @Test
    void oneThatCannotEvenBeDescribedFailsAlone() throws InterruptedException {
        List<TestCase> cases =
                List.of(
                        new TestCase("skipped", Optional.empty(), () -> null, Optional.of("why")),
                        new TestCase(
                                "recursive",
                                Optional.empty(),
                                () -> {
                                    throw new StackOverflowError();
                                },
                                Optional.empty()),
                        new TestCase("last", Optional.empty(), () -> null, Optional.of("why")));
        List<TestResult> results = new SuiteRunner(1, _ -> {}).run(cases);
        assertEquals(
                List.of("skipped", "recursive", "last"),
                results.stream().map(TestResult::name).toList());
        assertTrue(results.get(1).failed());
        assertEquals("java.lang.StackOverflowError", results.get(1).tests().getFirst().detail());
    }
}
