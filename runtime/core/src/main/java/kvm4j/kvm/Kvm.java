package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.libc.Libc;
import kvm4j.linux.FileDescriptor;
import kvm4j.linux.Ioctl;
import kvm4j.linux.LinuxException;

import java.nio.file.Path;

/**
 * KVM itself: an open {@code /dev/kvm}, which answers what the host can do and creates virtual
 * machines. Any thread may use it; virtual machines outlive it.
 *
 * {@snippet :
 * try (Kvm kvm = Kvm.open();
 *         Vm vm = kvm.createVm()) {
 *     Vcpu vcpu = vm.createVcpu(0);
 * }
 * }
 */
public final class Kvm implements AutoCloseable {

    /** The only version of the API that kernels of this century have. */
    public static final int API_VERSION = KvmUapi.KVM_API_VERSION();

    private static final Path DEVICE = Path.of("/dev/kvm");

    private static final Ioctl GET_API_VERSION =
            new Ioctl("KVM_GET_API_VERSION", KvmUapi.KVM_GET_API_VERSION());
    private static final Ioctl CREATE_VM = new Ioctl("KVM_CREATE_VM", KvmUapi.KVM_CREATE_VM());
    private static final Ioctl CHECK_EXTENSION =
            new Ioctl("KVM_CHECK_EXTENSION", KvmUapi.KVM_CHECK_EXTENSION());
    private static final Ioctl GET_VCPU_MMAP_SIZE =
            new Ioctl("KVM_GET_VCPU_MMAP_SIZE", KvmUapi.KVM_GET_VCPU_MMAP_SIZE());

    private final FileDescriptor descriptor;

    private Kvm(FileDescriptor descriptor) {
        this.descriptor = descriptor;
    }

    /**
     * Opens {@code /dev/kvm}.
     *
     * @return KVM
     * @throws KvmUnavailableException if it is not there or not accessible
     */
    public static Kvm open() {
        return open(DEVICE);
    }

    /**
     * Opens a KVM device of another name.
     *
     * @param device the device node
     * @return KVM
     * @throws KvmUnavailableException if it is not there, not accessible, or not KVM
     */
    public static Kvm open(Path device) {
        FileDescriptor descriptor;
        try {
            descriptor = FileDescriptor.open(device);
        } catch (LinuxException e) {
            throw new KvmUnavailableException(device, e);
        }
        Kvm kvm = new Kvm(descriptor);
        try {
            int version = kvm.apiVersion();
            if (version != API_VERSION) {
                throw GET_API_VERSION.failed(0, Libc.ENOTTY());
            }
            return kvm;
        } catch (LinuxException e) {
            kvm.close();
            throw new KvmUnavailableException(device, e);
        }
    }

    /**
     * The version of the API: {@code KVM_GET_API_VERSION}.
     *
     * @return {@link #API_VERSION}
     * @throws IllegalStateException if this is closed
     */
    public int apiVersion() {
        return descriptor.ioctl(GET_API_VERSION, 0);
    }

    /**
     * What the host can do: {@code KVM_CHECK_EXTENSION} on the system. A virtual machine may have
     * more or less: {@link Vm#check(int)}.
     *
     * @param capability a {@code KVM_CAP_*}
     * @return 0 if it does not have the capability, else 1 or a number that the capability defines
     * @throws IllegalStateException if this is closed
     */
    public int check(int capability) {
        return descriptor.ioctl(CHECK_EXTENSION, capability);
    }

    /**
     * Creates a virtual machine without processors and memory: {@code KVM_CREATE_VM}. The first on
     * a host is what puts its processors into VMX root operation (VMXON) or sets EFER.SVME.
     *
     * @return the virtual machine
     * @throws LinuxException if the kernel refuses
     * @throws IllegalStateException if this is closed
     */
    public Vm createVm() {
        int mmapSize = descriptor.ioctl(GET_VCPU_MMAP_SIZE, 0);
        int fd;
        do {
            fd = descriptor.tryIoctl(CREATE_VM, 0);
        } while (fd == -Libc.EINTR());
        if (fd < 0) {
            throw CREATE_VM.failed(0, -fd);
        }
        return new Vm(new FileDescriptor(fd, "VM"), mmapSize);
    }

    /** Closes the device. Does nothing the second time. */
    @Override
    public void close() {
        descriptor.close();
    }
}
