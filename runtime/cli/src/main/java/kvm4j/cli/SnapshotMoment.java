package kvm4j.cli;

import java.util.OptionalLong;

/**
 * When a user wants a guest to be saved.
 *
 * @param text what it prints then; empty where that is not the sign
 * @param exits how many exits it has made then; empty where that is not the sign
 */
record SnapshotMoment(String text, OptionalLong exits) {

    /** All there are, for help and errors. */
    static final String NAMES = "signal (SIGUSR1), exit:N, text:TEXT or just TEXT";

    /**
     * Reads it.
     *
     * @throws IllegalArgumentException if there is no such moment
     */
    static SnapshotMoment parse(String written) {
        if (written.equals("signal")) {
            return new SnapshotMoment("", OptionalLong.empty());
        }
        if (written.startsWith("exit:")) {
            Unsigned count = Unsigned.parse(written.substring("exit:".length()));
            if (count.value() <= 0) {
                throw new IllegalArgumentException(
                        "'" + written + "' is no exit: they count from 1");
            }
            return new SnapshotMoment("", OptionalLong.of(count.value()));
        }
        String text = written.startsWith("text:") ? written.substring("text:".length()) : written;
        if (text.isEmpty()) {
            throw new IllegalArgumentException("no moment to take a snapshot at: " + NAMES);
        }
        return new SnapshotMoment(text, OptionalLong.empty());
    }

    /** Whether a signal is the sign. */
    boolean isSignal() {
        return text.isEmpty() && exits.isEmpty();
    }
}
