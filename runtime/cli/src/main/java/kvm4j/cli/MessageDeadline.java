package kvm4j.cli;

import kvm4j.machine.Machine;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;

/**
 * Ends the wait of messages that nobody reads, when the process should have ended: neither a time
 * limit nor a signal is for the guest alone.
 */
final class MessageDeadline {

    /** How long whoever reads messages has for the last of them. */
    private static final Duration LAST_MESSAGES = Machine.LONGEST_END.plusSeconds(1);

    private final OutputStream messages;
    private Thread waiting;

    /**
     * No deadline yet.
     *
     * @param messages closed after the deadline
     */
    MessageDeadline(OutputStream messages) {
        this.messages = messages;
    }

    /**
     * Sets it, in place of one that was set before.
     *
     * @param limit when the guest ends; messages have some time more
     */
    synchronized void set(Duration limit) {
        if (waiting != null) {
            waiting.interrupt();
        }
        waiting =
                Thread.ofPlatform().name("kvm4j-messages").daemon().start(() -> closeAfter(limit));
    }

    private void closeAfter(Duration limit) {
        try {
            Thread.sleep(limit);
            Thread.sleep(LAST_MESSAGES);
            messages.close();
        } catch (InterruptedException replaced) {
            // there is another deadline
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
