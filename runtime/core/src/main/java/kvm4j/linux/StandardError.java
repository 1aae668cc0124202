package kvm4j.linux;

/**
 * The process's standard error, as a stream that can be closed while a thread waits in it for a
 * reader. {@code System.err} cannot.
 */
public final class StandardError extends PolledOutput {

    private static final int DESCRIPTOR = 2;

    /**
     * Opens standard error. What others write to it at the same time comes between two writes or in
     * the midst of one that is longer than 4096 bytes.
     *
     * @throws LinuxException if the process has too many descriptors
     */
    public StandardError() {
        super(DESCRIPTOR, "standard error");
    }
}
