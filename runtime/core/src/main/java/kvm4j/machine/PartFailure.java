package kvm4j.machine;

import java.io.Serial;

/** Something that a part of the machine threw, checked or not, and which part that was. */
final class PartFailure extends RuntimeException {

    @Serial private static final long serialVersionUID = 1L;

    private final String part;

    /**
     * A failure.
     *
     * @param part which part of the machine failed, such as {@code device at port 0x80}
     * @param cause what it threw
     */
    PartFailure(String part, Throwable cause) {
        super(part, cause, false, false);
        this.part = part;
    }

    /** The failure of the device at a port. */
    static PartFailure atPort(int port, Throwable cause) {
        return new PartFailure("device at port 0x%x".formatted(port), cause);
    }

    /** The failure of the device at a guest-physical address. */
    static PartFailure atAddress(long gpa, Throwable cause) {
        return new PartFailure("device at GPA 0x%x".formatted(gpa), cause);
    }

    /** How the machine ends by it. */
    Outcome outcome() {
        return new Outcome.HostError(part, getCause());
    }
}
