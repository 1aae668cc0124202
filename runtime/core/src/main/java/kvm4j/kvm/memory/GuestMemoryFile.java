package kvm4j.kvm.memory;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_create_guest_memfd;
import kvm4j.linux.FileDescriptor;
import kvm4j.linux.Ioctl;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.IntFunction;

/**
 * Memory of a guest that this process cannot reach: {@code KVM_CREATE_GUEST_MEMFD}. It is the
 * private side of slots mapped by {@link kvm4j.kvm.Vm#mapPrivate}.
 */
public final class GuestMemoryFile implements AutoCloseable {

    private static final Ioctl CREATE_GUEST_MEMFD =
            new Ioctl("KVM_CREATE_GUEST_MEMFD", KvmUapi.KVM_CREATE_GUEST_MEMFD());

    private final FileDescriptor descriptor;
    private final long size;

    private GuestMemoryFile(FileDescriptor descriptor, long size) {
        this.descriptor = descriptor;
        this.size = size;
    }

    /**
     * Creates one; {@link kvm4j.kvm.Vm#createGuestMemoryFile} is the way to it.
     *
     * @param vm the VM
     * @param size in bytes, a multiple of 4096
     * @return the file
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     */
    public static GuestMemoryFile create(FileDescriptor vm, long size) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment structure = arena.allocate(kvm_create_guest_memfd.layout());
            kvm_create_guest_memfd.size(structure, size);
            int fd = vm.ioctl(CREATE_GUEST_MEMFD, structure);
            return new GuestMemoryFile(new FileDescriptor(fd, "guest memory file"), size);
        }
    }

    /** Does something with its number, which stays this one's meanwhile. */
    <T> T during(IntFunction<T> use) {
        return descriptor.during(use);
    }

    /**
     * How long it is.
     *
     * @return bytes
     */
    public long size() {
        return size;
    }

    /** Closes the descriptor; slots keep the memory. Does nothing the second time. */
    @Override
    public void close() {
        descriptor.close();
    }
}
