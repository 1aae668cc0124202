package kvm4j.junit;

import kvm4j.testing.RunningGuest;

import java.util.ArrayList;
import java.util.List;

/** The guests that a test has started. */
final class GuestsOfTest implements AutoCloseable {

    private final List<RunningGuest> guests = new ArrayList<>();

    synchronized void add(RunningGuest guest) {
        guests.add(guest);
    }

    private synchronized List<RunningGuest> all() {
        return List.copyOf(guests);
    }

    /** Ends those that run, and tells of all. */
    List<String> reports() {
        return all().stream().map(guest -> guest.stop().report()).toList();
    }

    /**
     * Ends those that run.
     *
     * @throws AssertionError if there are such
     */
    void requireEnded() {
        List<RunningGuest> running = all().stream().filter(RunningGuest::isRunning).toList();
        if (!running.isEmpty()) {
            List<String> names = running.stream().map(RunningGuest::name).toList();
            AssertionError failure =
                    new AssertionError(
                            names
                                    + " still ran when the test had passed: finish(), stop() or"
                                    + " close() what it starts");
            reports().forEach(report -> failure.addSuppressed(new GuestReport(report)));
            throw failure;
        }
    }

    @Override
    public void close() {
        all().forEach(RunningGuest::close);
    }
}
