package kvm4j.linux;

/**
 * Something that was attached to an open file description and stays until it is closed, or until
 * the description is: an eventfd or a zone of collected writes at a VM.
 */
public final class Attachment implements AutoCloseable {

    private final FileDescriptor owner;
    private final Runnable detach;
    private boolean detached;

    /**
     * Says that something is attached.
     *
     * @param owner what it is attached to
     * @param detach detaches it; not called once the owner is closed
     */
    public Attachment(FileDescriptor owner, Runnable detach) {
        this.owner = owner;
        this.detach = detach;
    }

    /**
     * Detaches it. Does nothing the second time, or if the owner is closed, which detached it.
     *
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if it is the eventfd of a doorbell, and closed; the doorbell
     *     stays for the owner's life
     */
    @Override
    public synchronized void close() {
        if (!detached && !owner.isClosed()) {
            detached = true;
            detach.run();
        }
    }
}
