package kvm4j.testing.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import kvm4j.pc.Platform;
import kvm4j.testing.GuestSetup;
import kvm4j.testing.HostKvm;
import kvm4j.testing.RunningGuest;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** What the time of a guest is, as those who read a report understand it. */
@Tag("kvm")
class SuiteRunnerTest {

    private static final Duration STEP = Duration.ofMillis(30);

    @BeforeEach
    void requireKvm() {
        assumeTrue(
                HostKvm.isDemanded() || HostKvm.obstacle().isEmpty(),
                () -> HostKvm.obstacle().orElse(""));
    }

    @Test
    void readingTheImageAndMakingTheMachineCount() throws InterruptedException {
        TestResult result =
                run(
                        () -> {
                            pause(STEP);
                            return GuestSetup.of("hello").customize(_ -> pause(STEP));
                        });
        assertEquals(false, result.failed());
        assertTrue(result.duration().compareTo(STEP.multipliedBy(2)) >= 0, result::toString);
    }

    @Test
    void soDoesWhatWasDoneForAGuestThatDoesNotStart() throws InterruptedException {
        TestResult result =
                run(
                        () -> {
                            pause(STEP);
                            throw new IllegalArgumentException("no such guest");
                        });
        assertEquals(true, result.failed());
        assertTrue(result.duration().compareTo(STEP) >= 0, result::toString);
    }

    /** Half of the wait is left for what is no wait. */
    @Test
    void waitingForACpuDoesNot() throws InterruptedException {
        int all = Math.min(Runtime.getRuntime().availableProcessors(), Platform.MAXIMUM_PROCESSORS);
        Duration wait = STEP.multipliedBy(10);
        try (RunningGuest neighbour = GuestSetup.of("spin").cpus(all).start()) {
            Supplier<GuestSetup> waits =
                    () -> {
                        Thread.startVirtualThread(
                                () -> {
                                    pause(wait);
                                    neighbour.stop();
                                });
                        return GuestSetup.of("hello");
                    };
            long started = System.nanoTime();
            TestResult result = run(waits);
            Duration elapsed = Duration.ofNanos(System.nanoTime() - started);
            assertTrue(
                    result.duration().compareTo(elapsed.minus(wait.dividedBy(2))) < 0,
                    () -> result + " in " + elapsed);
        }
    }

    private static TestResult run(Supplier<GuestSetup> setup) throws InterruptedException {
        TestCase one = new TestCase("one", Optional.empty(), setup, Optional.empty());
        return new SuiteRunner(0, _ -> {}).run(List.of(one)).getFirst();
    }

    private static void pause(Duration duration) {
        try {
            Thread.sleep(duration);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
