package kvm4j.machine;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;

/**
 * What begins when a machine is started: its processors, and what goes on beside them until its
 * end.
 */
final class Startup {

    private final Life life;
    private final Optional<Duration> timeLimit;
    private final Optional<ConsoleInput> consoleInput;
    private final Optional<HaltWatch> haltWatch;

    /**
     * What has not begun yet.
     *
     * @param life whose processors they are
     * @param timeLimit how long it may last
     * @param consoleInput what carries the host's input to the guest
     * @param haltWatch what finds out whether the machine has halted for good
     */
    Startup(
            Life life,
            Optional<Duration> timeLimit,
            Optional<ConsoleInput> consoleInput,
            Optional<HaltWatch> haltWatch) {
        this.life = life;
        this.timeLimit = timeLimit;
        this.consoleInput = consoleInput;
        this.haltWatch = haltWatch;
    }

    /** Begins all of it. A part that cannot begin ends the machine. */
    void begin() {
        timeLimit.ifPresent(this::startClock);
        try {
            consoleInput.ifPresent(this::startInput);
            life.processors().start();
        } catch (PartFailure failure) {
            life.end(failure.outcome());
        }
        haltWatch.ifPresent(HaltWatch::start);
    }

    private void startInput(ConsoleInput console) {
        console.start();
        life.ending().ended().whenComplete((_, _) -> console.stop());
    }

    private void startClock(Duration limit) {
        var reached = new Outcome.TimeLimitReached(limit, List.of());
        Future<?> clock = MachineClock.MACHINES.after(limit, () -> life.end(reached));
        life.ending().ended().whenComplete((_, _) -> clock.cancel(false));
    }
}
