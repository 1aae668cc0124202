package kvm4j.cli;

import java.io.PrintWriter;

/**
 * Tells the keys that are for kvm4j from those that are for the guest: as in other emulators, those
 * behind Ctrl-A.
 */
final class EscapeKeys {

    private static final int CTRL_A = 'A' & 0x1f;
    private static final int CTRL_C = 'C' & 0x1f;

    private static final String HELP =
            "Ctrl-A x ends the guest, Ctrl-A a sends it Ctrl-A, Ctrl-A h shows this";

    private static final char BELL = '\7';

    private final TypedKeys guest;
    private final Runnable leave;
    private final PrintWriter messages;
    private boolean escaped;
    private boolean toldWhereCtrlCGoes;

    /**
     * Expects the first key.
     *
     * @param guest gets the guest's keys
     * @param leave ends the guest
     * @param messages gets what the user has to know
     */
    EscapeKeys(TypedKeys guest, Runnable leave, PrintWriter messages) {
        this.guest = guest;
        this.leave = leave;
        this.messages = messages;
    }

    /** Somebody typed a key, or one byte of what a key sends. */
    void typed(int key) {
        if (escaped) {
            escaped = false;
            command(key);
        } else if (key == CTRL_A) {
            escaped = true;
        } else {
            send(key);
        }
    }

    private void command(int key) {
        switch (key) {
            case 'x' -> leave.run();
            case 'a', CTRL_A -> send(CTRL_A);
            default -> Message.tell(messages, HELP);
        }
    }

    private void send(int key) {
        if (key == CTRL_C && !toldWhereCtrlCGoes) {
            toldWhereCtrlCGoes = true;
            Message.tell(messages, "Ctrl-C went to the guest; Ctrl-A x ends it");
        }
        if (!guest.add(key)) {
            messages.print(BELL);
            messages.flush();
        }
    }
}
