package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_create_device;
import kvm4j.linux.FileDescriptor;
import kvm4j.linux.Ioctl;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A device in the kernel that belongs to a VM: {@code KVM_CREATE_DEVICE}. */
public final class KvmDevice implements AutoCloseable {

    private static final Ioctl CREATE_DEVICE =
            new Ioctl("KVM_CREATE_DEVICE", KvmUapi.KVM_CREATE_DEVICE());

    /** The types of device that x86 hosts have. */
    public enum Type {
        /** Ties VFIO groups to the VM, so that assigned devices know of its memory. */
        VFIO(KvmUapi.KVM_DEV_TYPE_VFIO());

        private final int code;

        Type(int code) {
            this.code = code;
        }
    }

    private final FileDescriptor descriptor;
    private final DeviceAttributes attributes;

    private KvmDevice(FileDescriptor descriptor) {
        this.descriptor = descriptor;
        this.attributes = new DeviceAttributes(descriptor::tryIoctl);
    }

    static boolean isSupported(FileDescriptor vm, Type type) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment device = structure(arena, type, KvmUapi.KVM_CREATE_DEVICE_TEST());
            return vm.tryIoctl(CREATE_DEVICE, device) == 0;
        }
    }

    static KvmDevice create(FileDescriptor vm, Type type) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment device = structure(arena, type, 0);
            vm.ioctl(CREATE_DEVICE, device);
            return new KvmDevice(
                    new FileDescriptor(kvm_create_device.fd(device), type + " device"));
        }
    }

    private static MemorySegment structure(Arena arena, Type type, int flags) {
        MemorySegment device = arena.allocate(kvm_create_device.layout());
        kvm_create_device.type(device, type.code);
        kvm_create_device.flags(device, flags);
        return device;
    }

    /**
     * Whether the device has an attribute: {@code KVM_HAS_DEVICE_ATTR}.
     *
     * @param group the group, as the type of device defines
     * @param attribute the attribute, as the group defines
     * @return whether it does
     * @throws IllegalStateException if the device is closed
     */
    public boolean has(int group, long attribute) {
        return attributes.has(group, attribute);
    }

    /**
     * Reads an attribute: {@code KVM_GET_DEVICE_ATTR}.
     *
     * @param group the group, as the type of device defines
     * @param attribute the attribute, as the group defines
     * @param target what to fill, as long as the attribute
     * @throws kvm4j.linux.LinuxException {@code ENXIO} if there is no such attribute
     * @throws IllegalStateException if the device is closed
     */
    public void get(int group, long attribute, MemorySegment target) {
        attributes.get(group, attribute, target);
    }

    /**
     * Writes an attribute: {@code KVM_SET_DEVICE_ATTR}.
     *
     * @param group the group, as the type of device defines
     * @param attribute the attribute, as the group defines
     * @param source the value, as long as the attribute
     * @throws kvm4j.linux.LinuxException {@code ENXIO} if there is no such attribute
     * @throws IllegalStateException if the device is closed
     */
    public void set(int group, long attribute, MemorySegment source) {
        attributes.set(group, attribute, source);
    }

    /** Closes the descriptor; the device itself ends with its VM. Does nothing the second time. */
    @Override
    public void close() {
        descriptor.close();
    }
}
