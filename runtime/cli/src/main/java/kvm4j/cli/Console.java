package kvm4j.cli;

import java.io.InputStream;
import java.io.OutputStream;

/**
 * The standard streams, byte for byte.
 *
 * @param input what a guest reads
 * @param output where it prints
 * @param diagnostics where it prints what is not its console's
 */
record Console(InputStream input, OutputStream output, OutputStream diagnostics) {

    private static final int OUTPUT = 1;
    private static final int ERROR = 2;

    /** Where a guest prints on standard output: no command to a CI's runner. */
    OutputStream guestOutput() {
        return RunnerOutput.guard(output, OUTPUT, System.getenv());
    }

    /** Where a guest prints on standard error, likewise. */
    OutputStream guestDiagnostics() {
        return RunnerOutput.guard(diagnostics, ERROR, System.getenv());
    }
}
