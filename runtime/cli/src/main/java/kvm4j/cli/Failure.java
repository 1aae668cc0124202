package kvm4j.cli;

import java.io.Serial;

/** Why a command cannot be done, in one line for the user, and the status to end with. */
final class Failure extends RuntimeException {

    @Serial private static final long serialVersionUID = 1L;

    private final ExitStatus status;

    Failure(ExitStatus status, String message) {
        super(message);
        this.status = status;
    }

    Failure(ExitStatus status, String message, Throwable cause) {
        super(message, cause);
        this.status = status;
    }

    ExitStatus status() {
        return status;
    }
}
