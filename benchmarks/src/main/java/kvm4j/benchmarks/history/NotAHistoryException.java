package kvm4j.benchmarks.history;

import java.io.IOException;

/** Thrown for a file that is there and is no history of accepted results. */
public final class NotAHistoryException extends IOException {

    private static final long serialVersionUID = 1L;

    NotAHistoryException(String message) {
        super(message);
    }
}
