package kvm4j.cli;

import kvm4j.text.Printable;

import java.io.PrintWriter;

/** What kvm4j itself tells the user, on standard error: a line each, that says who speaks. */
final class Message {

    private Message() {}

    /**
     * Prints a message at once.
     *
     * @param err where to
     * @param text what to say; what would make it more than a line is escaped
     */
    static void tell(PrintWriter err, String text) {
        err.println("kvm4j: " + Printable.of(text));
        err.flush();
    }
}
