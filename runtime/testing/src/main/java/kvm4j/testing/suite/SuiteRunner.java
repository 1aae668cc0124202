package kvm4j.testing.suite;

import kvm4j.testing.FailureReport;
import kvm4j.testing.FinishedGuest;
import kvm4j.testing.GuestSetup;
import kvm4j.testing.Judgement;
import kvm4j.testing.verdict.Verdict;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/**
 * Runs a suite, as many guests at once as the host has CPUs for.
 *
 * @param retries how often one that fails is run again
 * @param listener gets each result when it is there, on any thread, one at a time
 */
public record SuiteRunner(int retries, Consumer<TestResult> listener) {

    /**
     * A guest has a CPU until it ends; while the kernel lets its machine go, which is waiting for
     * the most part, another has it.
     */
    private static final int THREADS_PER_CPU = 2;

    /**
     * Runs it.
     *
     * @param cases the suite
     * @return the results, in the order of the cases
     * @throws InterruptedException if the thread is interrupted meanwhile; guests that run then are
     *     stopped
     */
    public List<TestResult> run(List<TestCase> cases) throws InterruptedException {
        int threads = THREADS_PER_CPU * Runtime.getRuntime().availableProcessors();
        List<TestResult> results = new ArrayList<>();
        try (ExecutorService executor =
                Executors.newFixedThreadPool(
                        threads, Thread.ofPlatform().name("kvm4j-test-", 0).daemon().factory())) {
            try {
                List<Future<TestResult>> futures =
                        cases.stream().map(one -> executor.submit(() -> run(one))).toList();
                for (Future<TestResult> future : futures) {
                    results.add(future.get());
                }
            } catch (ExecutionException e) {
                executor.shutdownNow();
                throw new IllegalStateException(e.getCause());
            } catch (InterruptedException e) {
                executor.shutdownNow();
                throw e;
            }
        }
        return results;
    }

    private TestResult run(TestCase one) {
        TestResult result =
                one.skipped()
                        .map(reason -> skipped(one.name(), reason))
                        .orElseGet(() -> attempt(one));
        synchronized (listener) {
            listener.accept(result);
        }
        return result;
    }

    private static TestResult skipped(String name, String reason) {
        Verdict verdict = new Verdict(Judgement.END, Verdict.Status.SKIPPED, reason);
        return new TestResult(
                name, List.of(verdict), Duration.ZERO, 0, List.of(), Optional.empty());
    }

    private TestResult attempt(TestCase one) {
        Stopwatch watch = new Stopwatch();
        List<Verdict> failures = List.of();
        Optional<FailureReport> report = Optional.empty();
        int attempts = 0;
        while (true) {
            attempts++;
            Attempt attempt = Attempt.of(one, watch);
            List<Verdict> tests = attempt.judgement().tests();
            boolean passed = attempt.judgement().passed();
            if (!passed) {
                failures = attempt.failures();
                report = attempt.report();
            }
            if (passed || attempts > retries) {
                return new TestResult(one.name(), tests, watch.time(), attempts, failures, report);
            }
        }
    }

    private record Attempt(Judgement judgement, Optional<FailureReport> report) {

        List<Verdict> failures() {
            return judgement.tests().stream()
                    .filter(test -> test.status() == Verdict.Status.FAILED)
                    .toList();
        }

        static Attempt of(TestCase one, Stopwatch watch) {
            String command = "";
            watch.start();
            try {
                GuestSetup setup = one.setup().get().whenAdmitted(watch::start);
                command = setup.repeatCommand();
                watch.stop();
                try (FinishedGuest guest = setup.run()) {
                    Judgement judgement = Judgement.of(guest);
                    return new Attempt(
                            judgement,
                            judgement.passed()
                                    ? Optional.empty()
                                    : Optional.of(guest.failureReport()));
                }
            } catch (Throwable e) {
                String reason = e.getMessage() == null ? e.toString() : e.getMessage();
                Verdict verdict = new Verdict(Judgement.START, Verdict.Status.FAILED, reason);
                return new Attempt(
                        new Judgement(List.of(verdict)),
                        Optional.of(FailureReport.notStarted(one.name(), reason, command)));
            } finally {
                watch.stop();
            }
        }
    }
}
