package kvm4j.linux;

/**
 * The process's standard output, as a stream that can be closed while a thread waits in it for a
 * reader. {@code System.out} cannot, and never says that a write failed.
 */
public final class StandardOutput extends PolledOutput {

    private static final int DESCRIPTOR = 1;

    /**
     * Opens standard output. What others write to it at the same time comes between two writes or
     * in the midst of one that is longer than 4096 bytes.
     *
     * @throws LinuxException if the process has too many descriptors
     */
    public StandardOutput() {
        super(DESCRIPTOR, "standard output");
    }
}
