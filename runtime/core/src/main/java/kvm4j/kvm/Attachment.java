package kvm4j.kvm;

import kvm4j.linux.FileDescriptor;

/**
 * Something that was attached to a VM and stays until it is closed, or until the VM is: an eventfd,
 * a zone of collected writes.
 */
public final class Attachment implements AutoCloseable {

    private final FileDescriptor vm;
    private final Runnable detach;
    private boolean detached;

    Attachment(FileDescriptor vm, Runnable detach) {
        this.vm = vm;
        this.detach = detach;
    }

    /**
     * Detaches it. Does nothing the second time, or if the VM is closed, which detached it.
     *
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     */
    @Override
    public synchronized void close() {
        if (!detached && !vm.isClosed()) {
            detached = true;
            detach.run();
        }
    }
}
