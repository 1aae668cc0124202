package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_nested_state;
import kvm4j.bindings.libc.Libc;
import kvm4j.linux.InterruptibleDescriptor;
import kvm4j.linux.Ioctl;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * What a vCPU knows of guests of its guest: VMXON region, VMCS12 and the like, kept as the kernel
 * gave it; {@code struct kvm_nested_state}.
 *
 * @param format whose hardware the guest uses
 * @param flags {@code KVM_STATE_NESTED_*}: 1 while a nested guest runs
 * @param content the whole structure
 */
public record NestedState(Format format, int flags, Bytes content) {

    private static final Ioctl GET_NESTED_STATE =
            new Ioctl("KVM_GET_NESTED_STATE", KvmUapi.KVM_GET_NESTED_STATE());
    private static final Ioctl SET_NESTED_STATE =
            new Ioctl("KVM_SET_NESTED_STATE", KvmUapi.KVM_SET_NESTED_STATE());

    /** Whose virtualization the guest uses. */
    public enum Format {
        /** Intel's. */
        VMX,
        /** AMD's. */
        SVM
    }

    /**
     * Whether a nested guest runs.
     *
     * @return whether the vCPU is in guest mode of its own
     */
    public boolean isInGuestMode() {
        return (flags & KvmUapi.KVM_STATE_NESTED_GUEST_MODE()) != 0;
    }

    static NestedState get(InterruptibleDescriptor vcpu) {
        long size = kvm_nested_state.sizeof();
        while (true) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment state = arena.allocate(size, Long.BYTES);
                kvm_nested_state.size(state, (int) size);
                int result = vcpu.tryIoctl(GET_NESTED_STATE, state.address());
                int needed = kvm_nested_state.size(state);
                if (result >= 0) {
                    return load(state.asSlice(0, needed));
                }
                if (result != -Libc.E2BIG() || needed <= size) {
                    throw GET_NESTED_STATE.failed(state.address(), -result);
                }
                size = needed;
            }
        }
    }

    private static NestedState load(MemorySegment state) {
        int format = Short.toUnsignedInt(kvm_nested_state.format(state));
        return new NestedState(
                format == KvmUapi.KVM_STATE_NESTED_FORMAT_VMX() ? Format.VMX : Format.SVM,
                Short.toUnsignedInt(kvm_nested_state.flags(state)),
                Bytes.load(state));
    }

    void set(InterruptibleDescriptor vcpu) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(content.size(), Long.BYTES);
            content.store(state);
            vcpu.ioctl(SET_NESTED_STATE, state);
        }
    }
}
