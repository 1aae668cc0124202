package kvm4j.trace;

import java.io.Serial;

/** The kernel's tracing cannot be used here; the message says why, and what can be done. */
public final class TraceUnavailableException extends Exception {

    @Serial private static final long serialVersionUID = 1L;

    TraceUnavailableException(String reason, String remedy) {
        super(reason + ": " + remedy);
    }
}
