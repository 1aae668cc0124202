package kvm4j.testing.fuzz;

import kvm4j.machine.Outcome;

import java.io.Serial;
import java.nio.file.Path;

/**
 * An input with which a guest did not end as it should. The message says how it ended, where the
 * input is saved, with which command it is repeated, where the processors were and what the guest
 * printed.
 */
public final class FuzzFinding extends AssertionError {

    @Serial private static final long serialVersionUID = 1;

    private final transient Outcome outcome;
    private final transient Path file;

    FuzzFinding(String message, Outcome outcome, Path file) {
        super(message);
        this.outcome = outcome;
        this.file = file;
    }

    /** {@return how the guest ended} */
    public Outcome outcome() {
        return outcome;
    }

    /** {@return where the input is saved} */
    public Path file() {
        return file;
    }
}
