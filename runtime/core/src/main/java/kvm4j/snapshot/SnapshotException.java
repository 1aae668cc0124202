package kvm4j.snapshot;

/** A file that is no snapshot, is damaged, or is one that this host cannot go on from. */
public final class SnapshotException extends RuntimeException {

    private static final long serialVersionUID = 1;

    /**
     * Says what is wrong.
     *
     * @param message what, in a sentence without its end
     */
    public SnapshotException(String message) {
        super(message);
    }

    /**
     * Says what is wrong.
     *
     * @param message what, in a sentence without its end
     * @param cause what was found
     */
    public SnapshotException(String message, Throwable cause) {
        super(message, cause);
    }
}
