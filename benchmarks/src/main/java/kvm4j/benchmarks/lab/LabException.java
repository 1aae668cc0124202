package kvm4j.benchmarks.lab;

import java.io.Serial;

/** Something cannot be measured on this host. The message says what and why, in one line. */
public final class LabException extends Exception {

    @Serial private static final long serialVersionUID = 1L;

    /**
     * A failure.
     *
     * @param message what cannot be done and why
     */
    public LabException(String message) {
        super(message);
    }

    /**
     * A failure with a cause.
     *
     * @param message what cannot be done and why
     * @param cause what went wrong below
     */
    public LabException(String message, Throwable cause) {
        super(message, cause);
    }
}
