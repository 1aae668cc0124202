package kvm4j.kvm;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.bindings.kvm.kvm_nested_state;
import kvm4j.bindings.libc.Libc;
import kvm4j.linux.InterruptibleDescriptor;
import kvm4j.linux.Ioctl;
import kvm4j.x86.Bytes;
import kvm4j.x86.NestedState;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/** {@code struct kvm_nested_state}, whose size the kernel knows. */
final class NestedStateCodec {

    private static final Ioctl GET_NESTED_STATE =
            new Ioctl("KVM_GET_NESTED_STATE", KvmUapi.KVM_GET_NESTED_STATE());
    private static final Ioctl SET_NESTED_STATE =
            new Ioctl("KVM_SET_NESTED_STATE", KvmUapi.KVM_SET_NESTED_STATE());

    private NestedStateCodec() {}

    static NestedState get(InterruptibleDescriptor vcpu) {
        long size = kvm_nested_state.sizeof();
        while (true) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment state = arena.allocate(size, Long.BYTES);
                kvm_nested_state.size(state, (int) size);
                int result = vcpu.tryIoctl(GET_NESTED_STATE, state);
                int needed = kvm_nested_state.size(state);
                if (result >= 0) {
                    return load(state.asSlice(0, needed));
                }
                if (result != -Libc.E2BIG() || needed <= size) {
                    throw GET_NESTED_STATE.failed(0, -result);
                }
                size = needed;
            }
        }
    }

    private static NestedState load(MemorySegment state) {
        int format = Short.toUnsignedInt(kvm_nested_state.format(state));
        return new NestedState(
                format == KvmUapi.KVM_STATE_NESTED_FORMAT_VMX()
                        ? NestedState.Format.VMX
                        : NestedState.Format.SVM,
                Short.toUnsignedInt(kvm_nested_state.flags(state)),
                Bytes.copyOf(state));
    }

    static VcpuRequest setting(NestedState nested, SegmentAllocator memory) {
        MemorySegment state = memory.allocate(nested.content().size(), Long.BYTES);
        nested.content().copyTo(state);
        return new VcpuRequest(SET_NESTED_STATE, state);
    }
}
