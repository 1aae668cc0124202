package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_device_attr;
import kvm4j.bindings.libc.Libc;
import kvm4j.linux.Ioctl;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Attributes, which devices, vCPUs and KVM itself have: {@code struct kvm_device_attr}. */
final class DeviceAttributes {

    private static final Ioctl GET_DEVICE_ATTR =
            new Ioctl("KVM_GET_DEVICE_ATTR", KvmUapi.KVM_GET_DEVICE_ATTR());
    private static final Ioctl SET_DEVICE_ATTR =
            new Ioctl("KVM_SET_DEVICE_ATTR", KvmUapi.KVM_SET_DEVICE_ATTR());
    private static final Ioctl HAS_DEVICE_ATTR =
            new Ioctl("KVM_HAS_DEVICE_ATTR", KvmUapi.KVM_HAS_DEVICE_ATTR());

    /** Whose attributes they are: answers as {@code ioctl(2)} does, or with a negated errno. */
    @FunctionalInterface
    interface Owner {
        int tryIoctl(Ioctl request, MemorySegment argument);
    }

    private final Owner owner;

    DeviceAttributes(Owner owner) {
        this.owner = owner;
    }

    boolean has(int group, long attribute) {
        try (Arena arena = Arena.ofConfined()) {
            int result = transfer(HAS_DEVICE_ATTR, group, attribute, MemorySegment.NULL, arena);
            if (result == -Libc.ENXIO() || result == -Libc.ENOTTY()) {
                return false;
            }
            return require(HAS_DEVICE_ATTR, result);
        }
    }

    void get(int group, long attribute, MemorySegment target) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(target.byteSize(), Long.BYTES);
            require(GET_DEVICE_ATTR, transfer(GET_DEVICE_ATTR, group, attribute, value, arena));
            target.copyFrom(value);
        }
    }

    void set(int group, long attribute, MemorySegment source) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(source.byteSize(), Long.BYTES).copyFrom(source);
            require(SET_DEVICE_ATTR, transfer(SET_DEVICE_ATTR, group, attribute, value, arena));
        }
    }

    long getLong(int group, long attribute) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(ValueLayout.JAVA_LONG);
            require(GET_DEVICE_ATTR, transfer(GET_DEVICE_ATTR, group, attribute, value, arena));
            return value.get(ValueLayout.JAVA_LONG, 0);
        }
    }

    void setLong(int group, long attribute, long value) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocateFrom(ValueLayout.JAVA_LONG, value);
            require(SET_DEVICE_ATTR, transfer(SET_DEVICE_ATTR, group, attribute, memory, arena));
        }
    }

    /** The kernel sees memory of ours alone, which stays until it has returned. */
    private int transfer(
            Ioctl request, int group, long attribute, MemorySegment value, Arena arena) {
        MemorySegment structure = arena.allocate(kvm_device_attr.layout());
        kvm_device_attr.group(structure, group);
        kvm_device_attr.attr(structure, attribute);
        kvm_device_attr.addr(structure, value.address());
        return owner.tryIoctl(request, structure);
    }

    private static boolean require(Ioctl request, int result) {
        if (result < 0) {
            throw request.failed(0, -result);
        }
        return true;
    }
}
