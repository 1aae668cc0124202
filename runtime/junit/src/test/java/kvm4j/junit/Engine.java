package kvm4j.junit;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs classes whose tests fail or are skipped, and tells what became of them. */
final class Engine implements TestExecutionListener {

    private final List<String> names = new ArrayList<>();
    private final List<String> skipped = new ArrayList<>();
    private final List<Throwable> failures = new ArrayList<>();

    private Engine() {}

    static Engine run(Class<?> tests, Map<String, String> parameters) {
        Engine engine = new Engine();
        LauncherFactory.create()
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(selectClass(tests))
                                .configurationParameters(parameters)
                                .build(),
                        engine);
        return engine;
    }

    static Engine run(Class<?> tests) {
        return run(tests, Map.of());
    }

    @Override
    public synchronized void executionSkipped(TestIdentifier test, String reason) {
        skipped.add(reason);
    }

    @Override
    public synchronized void executionFinished(TestIdentifier test, TestExecutionResult result) {
        if (test.isTest()) {
            names.add(test.getDisplayName());
        }
        if (result.getStatus() == TestExecutionResult.Status.ABORTED) {
            skipped.add(result.getThrowable().map(Throwable::getMessage).orElse(""));
        } else {
            result.getThrowable().ifPresent(failures::add);
        }
    }

    /** The names of all tests that ran. */
    List<String> names() {
        return names;
    }

    /** Why tests did not run. */
    List<String> skipped() {
        return skipped;
    }

    /** What tests threw. */
    List<Throwable> failures() {
        return failures;
    }
}
