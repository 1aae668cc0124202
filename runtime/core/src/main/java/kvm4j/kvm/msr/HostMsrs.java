package kvm4j.kvm.msr;

import kvm4j.bindings.kvm.KvmUapi;
import kvm4j.linux.FileDescriptor;
import kvm4j.linux.Ioctl;
import kvm4j.x86.Msr;

import java.util.List;

/**
 * The model-specific registers that KVM knows on this host. {@link kvm4j.kvm.Kvm} is what answers
 * with them.
 */
public final class HostMsrs {

    private static final Ioctl GET_MSR_INDEX_LIST =
            new Ioctl("KVM_GET_MSR_INDEX_LIST", KvmUapi.KVM_GET_MSR_INDEX_LIST());
    private static final Ioctl GET_MSR_FEATURE_INDEX_LIST =
            new Ioctl("KVM_GET_MSR_FEATURE_INDEX_LIST", KvmUapi.KVM_GET_MSR_FEATURE_INDEX_LIST());

    private final FileDescriptor kvm;

    /**
     * Those of an open KVM.
     *
     * @param kvm {@code /dev/kvm}
     */
    public HostMsrs(FileDescriptor kvm) {
        this.kvm = kvm;
    }

    /**
     * Those that are saved and restored for a guest to move: {@code KVM_GET_MSR_INDEX_LIST}.
     *
     * @return their numbers
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if KVM is closed
     */
    public int[] indices() {
        return MsrTransfer.indices(kvm, GET_MSR_INDEX_LIST);
    }

    /**
     * Those that describe features: {@code KVM_GET_MSR_FEATURE_INDEX_LIST}.
     *
     * @return their numbers
     * @throws kvm4j.linux.LinuxException if the kernel refuses
     * @throws IllegalStateException if KVM is closed
     */
    public int[] featureIndices() {
        return MsrTransfer.indices(kvm, GET_MSR_FEATURE_INDEX_LIST);
    }

    /**
     * What those that describe features say: {@code KVM_GET_MSRS} on the system.
     *
     * @param indices their numbers
     * @return their values, in the same order
     * @throws UnsupportedMsrException at the first that cannot be read
     * @throws IllegalStateException if KVM is closed
     */
    public List<Msr> features(int... indices) {
        return MsrTransfer.get(structure -> kvm.ioctl(MsrTransfer.GET_MSRS, structure), indices);
    }
}
